"""Gauges drawn from the newest views: free places, ages, queues. Called again as time passes, since ages grow."""

from pydantic import BaseModel

from spoedplein.telemetry.metrics import Metrics
from spoedplein_schemas import Decision, decisions
from spoedplein_schemas.crowding import LapseReason, ProposalLapsed
from spoedplein_schemas.views import (
    AmbulanceBoard,
    CareTypeAvailability,
    ConsultsBoard,
    EscalationBoard,
    QueueBoard,
    RequestsBoard,
    RoomUse,
    RoundsBoard,
    SiteBoard,
)
from spoedplein_schemas.vocabulary import CareType, CrowdingLevel, Instant, ProposalKind, millis

_LEVELS = tuple(CrowdingLevel)


def show(metrics: Metrics, view: BaseModel, *, now_ms: int) -> None:
    """Set what this view says; views that carry no gauge are passed over. `now_ms` in the log's time."""
    match view:
        case CareTypeAvailability():
            _care_type(metrics, view, now_ms=now_ms)
        case SiteBoard():
            for queue in view.queues:
                _queue(metrics, view, queue, now_ms=now_ms)
            _site(metrics, view)
        case EscalationBoard():
            _escalation(metrics, view)
        case RequestsBoard():
            metrics.open_requests.labels(view.region).set(view.open_total)
        case RoundsBoard():
            metrics.open_rounds.labels(view.region).set(view.open_total)
        case ConsultsBoard():
            metrics.open_consults.labels(view.region).set(view.open_total)
        case AmbulanceBoard():
            metrics.overdue_offloads.labels(view.region).set(len(view.overdue))


def observe(metrics: Metrics, decision: Decision) -> None:
    """How long it took, how complete it became: what a decision says once."""
    match decision.data:
        case decisions.RoundCompleted():
            metrics.round_completeness.labels(decision.region).observe(1)
        case decisions.RoundClosed() as closed:
            metrics.round_completeness.labels(decision.region).observe(closed.answered / max(1, closed.asked))
        case decisions.ConsultClosed() as closed if closed.outcome is not None:
            metrics.consult_wait_seconds.labels(decision.region).observe(closed.waited_seconds)
        case ProposalLapsed(reason=LapseReason.NO_ANSWER):
            metrics.proposals_unanswered.labels(decision.region).inc()
        case decisions.OffloadEnded() as ended:
            metrics.offload_seconds.labels(decision.region, ended.site).observe(ended.offload_seconds)


def forget(metrics: Metrics) -> None:
    """Another process speaks for these regions now."""
    for gauge in (
        metrics.free_places,
        metrics.unknown_units,
        metrics.oldest_figure_seconds,
        metrics.queue_length,
        metrics.oldest_wait_seconds,
        metrics.open_requests,
        metrics.open_rounds,
        metrics.open_consults,
        metrics.overdue_offloads,
        metrics.crowding_level,
        metrics.open_proposals,
        metrics.free_rooms,
        metrics.snapshot_age_seconds,
        metrics.snapshot_bytes,
    ):
        gauge.clear()


def retire(metrics: Metrics, view: BaseModel) -> None:
    """What this view told of is in the agreements no more."""
    of_care_types = (metrics.free_places, metrics.unknown_units, metrics.oldest_figure_seconds)
    match view:
        case CareTypeAvailability():
            for gauge in of_care_types:
                gauge.remove(view.region, view.care_type)
        case SiteBoard():
            of_sites = (metrics.queue_length, metrics.oldest_wait_seconds, metrics.free_rooms, metrics.crowding_level)
            for gauge in of_sites:
                gauge.remove_by_labels({"region": view.region, "site": view.site})
        case EscalationBoard():
            metrics.crowding_level.remove(view.region, "")
            metrics.open_proposals.remove_by_labels({"region": view.region})


def _care_type(metrics: Metrics, view: CareTypeAvailability, *, now_ms: int) -> None:
    labels = (view.region, view.care_type)
    metrics.free_places.labels(*labels).set(view.free)
    metrics.unknown_units.labels(*labels).set(view.units - view.units_known)
    if view.oldest_observed_at is None:  # No age is not the least age.
        metrics.oldest_figure_seconds.remove(*labels)
    else:
        metrics.oldest_figure_seconds.labels(*labels).set(_age(view.oldest_observed_at, now_ms))


def _queue(metrics: Metrics, board: SiteBoard, queue: QueueBoard, *, now_ms: int) -> None:
    for line in queue.classes:
        labels = (board.region, board.site, queue.service, line.rank)
        metrics.queue_length.labels(*labels).set(line.length)
        metrics.oldest_wait_seconds.labels(*labels).set(_age(line.oldest_since, now_ms))


def _site(metrics: Metrics, board: SiteBoard) -> None:
    """Rooms and a level that the site has no more, by newer agreements, leave no figure behind."""
    for home in (CareType.HAP, CareType.SEH):
        uses = [room.use for room in board.rooms if room.home is home]
        if uses:
            metrics.free_rooms.labels(board.region, board.site, home).set(uses.count(RoomUse.FREE))
        else:
            metrics.free_rooms.remove(board.region, board.site, home)
    if board.crowding is None:
        metrics.crowding_level.remove(board.region, board.site)
    else:
        metrics.crowding_level.labels(board.region, board.site).set(_LEVELS.index(board.crowding.level))


def _escalation(metrics: Metrics, board: EscalationBoard) -> None:
    if board.level is None:
        metrics.crowding_level.remove(board.region, "")
    else:
        metrics.crowding_level.labels(board.region, "").set(_LEVELS.index(board.level))
    for kind in ProposalKind:
        waiting = sum(each.kind is kind and not each.confirmed for each in board.proposals)
        metrics.open_proposals.labels(board.region, kind).set(waiting)


def _age(since: Instant | None, now_ms: int) -> float:
    return 0.0 if since is None else max(0, now_ms - millis(since)) / 1000
