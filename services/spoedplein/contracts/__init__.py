"""The published contracts: what an integrator gets to read, and the promise that it keeps meaning the same.

catalogue       every contract: its name, model, example, topic, and who writes it
json_schemas    the models as JSON Schema 2020-12
asyncapi        topics, roles and messages as one AsyncAPI 3.0 document
publishing      all of it as files; whether files are up to date; the frozen copy of a release
compatibility   what in a changed schema would break an old producer or an old reader
"""

from spoedplein.contracts.compatibility import breaking_changes
from spoedplein.contracts.publishing import differences, export, publish

__all__ = ["breaking_changes", "differences", "export", "publish"]
