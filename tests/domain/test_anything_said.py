"""No order of messages that a contract allows stops the core, which would stop all regions of its worker."""

from hypothesis import given, settings
from hypothesis import strategies as st

from spoedplein.domain.region import Region
from spoedplein.testing.builders import REGION
from tests.domain.anything import KINDS, Anything, Teller, anything


@settings(max_examples=settings().max_examples // 2)  # each is long
@given(seed=st.integers(0, 2**32 - 1))
def test_whatever_is_said_is_heard_and_a_restart_changes_nothing(seed: int) -> None:
    teller, core = Teller(), Region.empty(REGION)
    core.step(teller.begins())
    again: Region | None = None
    for number, each in enumerate(anything(seed)):
        if number == seed % 60:
            again = Region.restore(core.snapshot())
        record = teller.tells(each)
        decided = core.step(record)
        teller.hears(decided)
        assert again is None or again.step(record) == decided
    assert core.views()
    assert Region.restore(core.snapshot()).views()


def test_every_kind_of_message_can_be_told() -> None:
    teller = Teller()
    for kind in range(len(KINDS)):
        for what in range(6):
            assert teller.tells(Anything(kind, who=what, where=what, what=what, late=0, pause=0)).event.data
