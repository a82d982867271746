"""The regions that we ship, read once."""

import tomllib
from functools import cache

from spoedplein.stack.places import deploy_file
from spoedplein_schemas.agreements import Agreements


@cache
def region(name: str) -> Agreements:
    return Agreements.model_validate(tomllib.loads(deploy_file("regions", f"{name}.toml").read_text()))
