"""Whom a service point calls on a side that queues otherwise than the log did, and what comes of it for who waits."""

from collections.abc import Sequence
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spoedplein.domain.agreements import read_agreements
from spoedplein.domain.log import Record
from spoedplein.domain.region import Region, fold
from spoedplein.stack.places import deploy_file
from spoedplein.testing import builders as say
from spoedplein.testing.auditor import audit
from spoedplein.testing.builders import Script
from spoedplein.testing.simulate import simulate
from spoedplein.whatif.assumptions import Assumptions
from spoedplein.whatif.comparison import Comparison, compare, live_both
from spoedplein.whatif.history import Setting
from spoedplein_schemas.agreements import Agreements, Place, QueuePolicy, ServicePoint, UrgencyRank
from spoedplein_schemas.hap import ArrivalMode, ContactCalled, ContactOutcome
from spoedplein_schemas.seh import PatientArrived
from spoedplein_schemas.vocabulary import CareType, UrgencySystem

HAP: Final = CareType.HAP
#: An urgent minute counts twice, every other one once.
RATES: Final = (0, 2, 1, 1, 1)


def agreed(policy: QueuePolicy) -> Agreements:
    rates = RATES if policy is QueuePolicy.ACCUMULATING else ()
    return say.agreements(sites=[say.site(say.SITE, ServicePoint(care_type=HAP, policy=policy, rates=rates))])


STRICT, ACCUMULATING = agreed(QueuePolicy.STRICT), agreed(QueuePolicy.ACCUMULATING)
LOG: Final = Setting("the log's own")


def told(*lines: tuple[int, str, str]) -> list[Record]:
    """(minute, patient, what): an urgency is how he comes, and `called` or an outcome how he goes."""
    script, passed = Script(), 0
    script.adopts(STRICT)
    for minute, case, what in lines:
        now, passed = script.passes(minutes=minute - passed), minute
        if what == "to the SEH":
            came = ArrivalMode.REFERRED
            script.says(PatientArrived(visit=f"v{case}", site=say.SITE, mode=came, arrived_at=now, contact=case))
        elif what == "called":
            script.says(say.called(case, now))
        elif what.startswith("U"):
            script.says(say.registered(case, now))
            script.says(say.triaged(case, what, now))
        else:
            script.says(say.closed(case, now, ContactOutcome(what)))
    return script.records


def called(records: Sequence[Record]) -> list[tuple[int, str]]:
    """At which minute, who."""
    start = records[0].at
    return [
        ((each.at - start) // 60_000, each.event.data.contact)
        for each in records
        if isinstance(each.event.data, ContactCalled)
    ]


OLD, URGENT = (0, "c-old", "U4"), (30, "c-urgent", "U2")

CASES: Final = [
    # What the log tells.                                        Whom a region calls where waiting counts as well.
    pytest.param(
        [OLD, URGENT, (40, "c-urgent", "called"), (50, "c-old", "called")],
        [(40, "c-old"), (50, "c-urgent")],
        id="forty minutes weigh more than twice ten",
    ),
    pytest.param(
        [OLD, (25, "c-urgent", "U2"), (60, "c-urgent", "called"), (61, "c-old", "called")],
        [(60, "c-urgent"), (61, "c-old")],
        id="twice thirty-five minutes weigh more than sixty",
    ),
    pytest.param(
        [OLD, (30, "c-dying", "U1"), (31, "c-dying", "called"), (50, "c-old", "called")],
        [(31, "c-dying"), (50, "c-old")],
        id="danger of life stands outside every order",
    ),
    pytest.param(
        [OLD, URGENT, (35, "c-last", "U5"), (40, "c-last", "called"), (50, "c-urgent", "called")],
        [(40, "c-old"), (50, "c-urgent")],
        id="whom the log's doctor chose out of turn waits for his turn here",
    ),
    pytest.param(
        [OLD, URGENT, (40, "c-urgent", "called"), (45, "c-old", "left-unseen")],
        [(40, "c-old")],
        id="who left unseen in the log is with the doctor here, and does not leave",
    ),
    pytest.param(
        [OLD, URGENT, (33, "c-old", "left-unseen"), (40, "c-urgent", "called")],
        [(40, "c-urgent")],
        id="who left before his turn has left here too",
    ),
    pytest.param(
        [OLD, URGENT, (40, "c-urgent", "called"), (42, "c-old", "advice")],
        [(40, "c-urgent")],
        id="whom the log helped by telephone does not wait for the doctor here either",
    ),
    pytest.param(
        [OLD, URGENT, (40, "c-urgent", "called"), (40, "c-urgent", "called"), (55, "c-urgent", "treated"),
         (60, "c-old", "called")],
        [(40, "c-old"), (40, "c-old"), (60, "c-urgent")],
        id="a call that is told twice is one call",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("log", "calls"), CASES)
def test_whom_a_side_calls_that_counts_waiting_too(
    log: list[tuple[int, str, str]], calls: list[tuple[int, str]]
) -> None:
    records = told(*log)
    both = live_both(records, LOG, Setting("B", ACCUMULATING), Assumptions())

    assert called(both.log) == calls
    assert both.found.faithful is not None
    assert both.found.faithful.whole


def test_waits_overtaking_and_breaches_differ_between_two_ways_of_queueing() -> None:
    log = told(OLD, URGENT, (40, "c-urgent", "called"), (50, "c-old", "called"))

    found = compare(log, LOG, Setting("B", ACCUMULATING), Assumptions())

    before, after = found.before.queues, found.after.queues
    urgent, old = f"{say.SITE}/hap/nts U2", f"{say.SITE}/hap/nts U4"
    assert [side[urgent].waits.median for side in (before, after)] == [10 * 60, 20 * 60]
    assert [side[old].waits.median for side in (before, after)] == [50 * 60, 40 * 60]
    assert [side[old].overtaken for side in (before, after)] == [1, 0]
    assert (found.called.sooner, found.called.later, found.called.of_own_queue) == (1, 1, (False, True))
    assert not found.same


def test_who_is_not_called_any_more_waits_when_the_log_ends_and_breaks_his_norm() -> None:
    log = told(OLD, URGENT, (40, "c-urgent", "called"), (45, "c-old", "left-unseen"), (120, "c-next", "U4"))

    found = compare(log, LOG, Setting("B", ACCUMULATING), Assumptions())

    urgent = f"{say.SITE}/hap/nts U2"
    assert [side.queues[urgent].still for side in (found.before, found.after)] == [0, 1]
    assert [side.queues[urgent].breaches for side in (found.before, found.after)] == [0, 1]


def test_a_call_when_nobody_waits_here_is_a_call_of_nobody_and_is_counted() -> None:
    """The log's doctor saw her and sent her on to the SEH. Here he saw the other, and she went there without him."""
    log = told(
        OLD, URGENT, (40, "c-urgent", "called"), (44, "c-urgent", "referred-seh"), (45, "c-urgent", "to the SEH"),
        (50, "c-old", "called"),
    )  # fmt: skip

    both = live_both(log, LOG, Setting("B", ACCUMULATING), Assumptions())

    assert called(both.log) == [(40, "c-old")]
    assert both.found.after.counts["calls of nobody"] == 1
    assert both.found.called.only_before == 1


def ranked(code: str, rank: int, norm: int | None) -> tuple[UrgencyRank, ...]:
    """All ranks of a text that names this one, which then comes before the others."""
    named = UrgencyRank(system=UrgencySystem.NTS, code=code, rank=rank, norm_minutes=norm)
    return say.agreements(ranks=[named]).ranks


#: As people know it, whose it is, where it lies, and when who waits is looked at again.
RENAMED: Final = tuple(
    site.model_copy(
        update={
            "name": "Spoedplein aan de Maas",
            "organisation": "maasziekenhuis",
            "place": Place(lon=4.4, lat=51.9),
            "services": tuple(each.model_copy(update={"reassess_minutes": (5, 10)}) for each in site.services),
        }
    )
    for site in STRICT.sites
)


@pytest.mark.parametrize(
    ("change", "own", "why"),
    [
        pytest.param({}, False, "the same text", id="same"),
        pytest.param({"triage_minutes": 5}, False, "a norm moves nobody", id="norm"),
        pytest.param({"ranks": ranked("U2", 1, 30)}, False, "a norm of one code moves nobody", id="norm of a code"),
        pytest.param({"ranks": ranked("U2", 3, 60)}, True, "who sorts elsewhere is called elsewhere", id="rank"),
        pytest.param({"sites": RENAMED}, False, "a name moves nobody", id="name"),
        pytest.param({"units": (say.unit("elv", CareType.ELV_HOOG),)}, False, "places are no queue", id="places"),
        pytest.param({"sites": ACCUMULATING.sites}, True, "the order of the queue is another", id="policy"),
    ],
)
def test_only_a_side_that_queues_otherwise_calls_otherwise(change: dict[str, object], own: bool, why: str) -> None:
    log = told(OLD, URGENT, (40, "c-old", "called"))
    side = Setting("B", STRICT.model_copy(update=change))

    found = compare(log, LOG, side, Assumptions())

    assert found.called.of_own_queue == (False, own), why
    assert found.called.not_the_head == 1


def test_a_log_that_adopts_nothing_has_the_queues_of_the_text_that_is_given_for_it() -> None:
    log = told(OLD, URGENT, (40, "c-urgent", "called"), (50, "c-old", "called"))[1:]

    both = live_both(log, Setting("A", STRICT), Setting("B", ACCUMULATING), Assumptions())

    assert both.found.called.of_own_queue == (False, True)
    assert called(both.log) == [(40, "c-old"), (50, "c-urgent")]
    assert both.found.faithful is not None
    assert both.found.faithful.whole


def test_by_the_book_both_sides_call_the_head_of_their_queue() -> None:
    log = told(OLD, URGENT, (40, "c-old", "called"), (50, "c-urgent", "called"))

    found = compare(log, LOG, Setting("B", STRICT), Assumptions(by_the_book=True))

    assert found.called.of_own_queue == (True, True)
    assert found.same
    assert found.before.waited == {f"{say.SITE}/hap/c-urgent": 10 * 60, f"{say.SITE}/hap/c-old": 50 * 60}


RIJNMOND: Final = read_agreements(
    deploy_file("regions", "rijnmond.toml").read_text(encoding="utf-8"), name="rijnmond.toml"
)
ALL_ACCUMULATE: Final = RIJNMOND.model_copy(
    update={
        "sites": tuple(
            site.model_copy(
                update={
                    "services": tuple(
                        point.model_copy(update={"policy": QueuePolicy.ACCUMULATING, "rates": RATES})
                        for point in site.services
                    )
                }
            )
            for site in RIJNMOND.sites
        )
    }
)


@given(st.integers(1, 10_000), st.sampled_from([None, RIJNMOND, ALL_ACCUMULATE]), st.booleans())
@settings(max_examples=5, deadline=None)
def test_a_side_against_itself_is_no_difference(seed: int, text: Agreements | None, by_the_book: bool) -> None:
    """Whatever the log, and whichever text both sides live by."""
    log = list(simulate(RIJNMOND, seed, 2, region_factory=Region, intensity=2).log)

    found = compare(log, Setting("A", text), Setting("B", text), Assumptions(by_the_book=by_the_book))

    assert found.same
    assert found.before.counts == found.after.counts
    assert (found.faithful is None) == (by_the_book or text is ALL_ACCUMULATE)
    assert found.faithful is None or found.faithful.whole


@pytest.mark.parametrize("seed", [3, 8])
def test_the_auditor_finds_nothing_where_other_patients_were_called(seed: int) -> None:
    log = list(simulate(RIJNMOND, seed, 5, region_factory=Region, intensity=3).log)

    both = live_both(log, LOG, Setting("B", ALL_ACCUMULATE), Assumptions())

    assert both.found.called.sooner > 0
    again = list(fold(both.log, Region.empty("rijnmond")))
    assert audit(both.log, again) == []
    _nobody_is_lost(both.found)


def _nobody_is_lost(found: Comparison) -> None:
    """Every call of the log is one here, of somebody or of nobody."""
    calls = {kind: times for kind, times in found.after.counts.items() if kind.startswith("calls ")}
    assert sum(calls.values()) == len(found.before.waited)
    assert len(found.after.waited) == sum(calls.values()) - calls.get("calls of nobody", 0)
