"""What people said of something that the log named itself is said of the same thing here, or of nothing."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from spoedplein.domain.log import Record
from spoedplein.domain.region import Region
from spoedplein.testing import builders as say
from spoedplein.testing.builders import Script
from spoedplein.whatif.assumptions import Assumptions, PlacesChange
from spoedplein.whatif.comparison import Sides, live_both
from spoedplein.whatif.history import Setting
from spoedplein_schemas import Event
from spoedplein_schemas.agreements import Agreements
from spoedplein_schemas.crowding import ProposalAnswered, ProposalConfirmed, ProposalMade
from spoedplein_schemas.decisions import PlacementOffered
from spoedplein_schemas.placement import TransferAnswered, TransferOutcome
from spoedplein_schemas.transfer import BridgingSought, BridgingStarted, TransferAsked, TransferConfirmed
from spoedplein_schemas.vocabulary import CareType, Frozen

ELV, GRZ, VISIT = CareType.ELV_HOOG, CareType.GRZ, CareType.WIJKVERPLEGING
LOG: Final = Setting("the log's own")
#: One more GRZ place: somebody else is promised a place first, and from then on nothing has the number that it had.
OTHERWISE: Final = PlacesChange("revalidatie", delta=1)
NEIGHBOUR: Final = {"region": "nijmegen", "asks": [ELV], "answer_minutes": 30}
ANOTHER: Final = {"region": "venlo", "asks": [ELV], "answer_minutes": 30}
ROAZ: Final = {"kind": "roaz", "level": "red", "roles": ["coordinator"], "answer_minutes": 20, "exhausted_rank_max": 3}


def agreed(**more: Any) -> Agreements:  # noqa: ANN401  pydantic checks
    units = (say.unit("vol", ELV), say.unit("revalidatie", GRZ), say.unit("thuis", VISIT))
    return say.agreements(*units, proposals=[], **more)


BRIDGED: Final = {"bridging": [{"care_types": [ELV], "by": [VISIT]}]}
ASKS: Final = agreed(neighbours=[NEIGHBOUR])
BRIDGES: Final = agreed(**BRIDGED)


@dataclass
class Night:
    """r-0 waits in vain for GRZ, and then r-1 for an ELV bed; `names` are those of what was asked last, by its kind."""

    text: Agreements
    nurses: int = 0
    script: Script = field(default_factory=Script)
    core: Region = field(default_factory=lambda: Region.empty(say.REGION))
    names: dict[type[Frozen], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.hear(self.script.adopts(self.text))
        for unit, free in (("vol", 0), ("revalidatie", 0), ("thuis", self.nurses)):
            self.says(say.capacity(unit, free, self.script.now))
        self.says(say.request("r-0", (GRZ,), self.script.passes(minutes=1)))
        self.says(say.request("r-1", (ELV,), self.script.passes(minutes=59)))

    def says(self, data: Frozen) -> None:
        self.hear(self.script.says(data))

    def hear(self, record: Record) -> None:
        for made in self.core.step(record):
            data = made.data
            match data:
                case TransferAsked():
                    self.names[TransferAsked] = data.transfer
                case BridgingSought():
                    self.names[BridgingSought] = data.bridge
                case PlacementOffered():
                    self.names[PlacementOffered] = data.offer
                case ProposalMade():
                    self.names[ProposalMade] = made.id

    def neighbour(self, outcome: TransferOutcome, *, minutes: int) -> None:
        now, unit = self.script.passes(minutes=minutes), None if outcome is TransferOutcome.NONE else "bed-daar"
        name = self.names[TransferAsked]
        said = TransferAnswered(request=name, by_region="nijmegen", answered_at=now, outcome=outcome, unit=unit)
        self.says(said)

    def lived(self, *changes: PlacesChange, text: Agreements | None = None) -> Sides:
        both = live_both(self.script.records, LOG, Setting("B", text, tuple(changes)), Assumptions())
        assert both.found.faithful is not None
        assert both.found.faithful.whole
        return both


def heard(both: Sides, kind: type[Frozen]) -> list[Event]:
    return [each.event for each in both.log if isinstance(each.event.data, kind)]


def decided(both: Sides, kind: type[Frozen]) -> list[Any]:
    core = Region.empty(say.REGION)
    return [made.data for record in both.log for made in core.step(record) if isinstance(made.data, kind)]


@pytest.mark.parametrize(
    ("answers", "end", "to_promise"),
    [
        pytest.param([(TransferOutcome.ACCEPTED, 12)], "promised", 12, id="a yes"),
        pytest.param([(TransferOutcome.NONE, 12)], "open", None, id="a no"),
        pytest.param([], "open", None, id="silence"),
        pytest.param([(TransferOutcome.ACCEPTED, 12), (TransferOutcome.ADMITTED, 40)], "admitted", 12, id="a stay"),
        pytest.param([(TransferOutcome.ACCEPTED, 12), (TransferOutcome.RELEASED, 9)], "open", None, id="taken back"),
    ],
)
def test_a_neighbour_says_to_the_same_question_what_he_said(
    answers: list[tuple[TransferOutcome, int]], end: str, to_promise: int | None
) -> None:
    night = Night(ASKS)
    for outcome, minutes in answers:
        night.neighbour(outcome, minutes=minutes)
    night.script.ticks(minutes=35)

    both = night.lived(OTHERWISE)

    (asked,) = [each for each in decided(both, TransferAsked) if each.request == "r-1"]
    assert asked.transfer != night.names[TransferAsked], "the same question has another number here"
    assert [each.data.request for each in heard(both, TransferAnswered)] == [asked.transfer] * len(answers)
    his = both.found.after.requests["r-1"]
    assert his.end == end
    assert his == both.found.before.requests["r-1"]
    assert his.to_promise_seconds == (None if to_promise is None else to_promise * 60)


def test_who_went_to_a_neighbour_counts_once_however_much_was_said_of_it() -> None:
    night = Night(ASKS)
    night.neighbour(TransferOutcome.ACCEPTED, minutes=12)
    night.neighbour(TransferOutcome.ADMITTED, minutes=40)

    assert night.lived(OTHERWISE).found.after.elsewhere == {"transfer-confirmed": 1}


def test_a_neighbour_whom_the_log_did_not_ask_is_silent_and_that_is_told() -> None:
    night = Night(ASKS)
    night.neighbour(TransferOutcome.ACCEPTED, minutes=12)
    night.script.ticks(minutes=10)

    both = night.lived(text=agreed(neighbours=[ANOTHER]))

    assert heard(both, TransferAnswered) == []
    assert decided(both, TransferConfirmed) == []
    assert both.found.after.counts["neighbours asked: unanswered, as the log does not ask this"] == 1
    assert "neighbours asked: unanswered, as the log does not ask this" not in both.found.before.counts


def test_care_in_the_meantime_is_given_as_it_was() -> None:
    """The offer of the bridge has another number here, and so has the request that it is for."""
    night = Night(BRIDGES, nurses=1)
    bridge = night.names[BridgingSought]
    night.says(say.accepted(bridge, night.names[PlacementOffered], night.script.passes(minutes=4)))
    night.says(say.admitted(bridge, "thuis", night.script.passes(minutes=30)))
    night.script.ticks(minutes=10)

    both = night.lived(OTHERWISE)

    (started,) = decided(both, BridgingStarted)
    assert started.request == "r-1"
    assert started.bridge != bridge
    assert both.found.after.elsewhere == {"bridging-started": 1}
    assert both.found.after.counts["answers assumed"] == 1, "that of r-0, whom the log did not offer a place"
    assert both.found.after.counts["answers recorded"] == 1


@pytest.mark.parametrize(
    ("remark", "left_out"),
    [
        pytest.param(say.cancelled, 1, id="not wanted"),
        pytest.param(lambda name, now: say.handed_over(name, "zcc-nijmegen", now), 1, id="handed over"),
    ],
)
def test_what_is_said_of_care_in_the_meantime_that_is_not_sought_here_is_left_out(
    remark: Callable[[str, Any], Frozen], left_out: int
) -> None:
    night = Night(BRIDGES)
    night.says(remark(night.names[BridgingSought], night.script.passes(minutes=5)))

    both = night.lived(text=agreed())

    assert both.found.after.counts["said of what is not asked here"] == left_out
    assert "command-refused" not in both.found.after.decisions


def test_who_confirmed_a_proposal_confirms_the_same_one_here() -> None:
    night = Night(say.agreements(*ASKS.units, proposals=[ROAZ]))
    proposal = night.names[ProposalMade]
    by = say.actor()
    night.says(ProposalConfirmed(proposal=proposal, confirmed_at=night.script.passes(minutes=3), by=by))

    both = night.lived(OTHERWISE)

    (answered,) = decided(both, ProposalAnswered)
    assert (answered.request, answered.answer.value) == ("r-1", "confirmed")
    assert answered.proposal != proposal
