"""A system on one machine asks neighbours that do not run in it by telephone; a file keeps its own way."""

import pytest

from spoedplein.stack.reach import within_reach
from spoedplein.testing.builders import agreements
from spoedplein_schemas.vocabulary import CareType


@pytest.mark.parametrize(
    ("asked_by", "running", "by"),
    [
        pytest.param(None, ["rijnmond", "nijmegen"], None, id="it runs here: by its log"),
        pytest.param(None, ["rijnmond"], "telephone", id="it does not"),
        pytest.param("other-system", ["rijnmond"], "other-system", id="it is told by a system beside this one"),
        pytest.param("telephone", ["rijnmond", "nijmegen"], "telephone", id="it is called, though it runs here"),
    ],
)
def test_who_does_not_run_here_is_called(asked_by: str | None, running: list[str], by: str | None) -> None:
    text = agreements(neighbours=[{"region": "nijmegen", "asks": [CareType.GRZ], "asked_by": asked_by}])
    (neighbour,) = within_reach(text, running).neighbours

    assert neighbour.asked_by == by
    assert (within_reach(text, running) is text) == (asked_by == by)
