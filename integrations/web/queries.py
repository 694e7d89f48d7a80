"""What the messages and connections pages show, both directions in one list; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.db.models import (
    BigIntegerField,
    CharField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast

from archive.models import Study
from integrations.hl7.inbox.models import InboundMessage, ProcessingState
from integrations.hl7.outbound.models import OutboundMessage, OutboundState
from pacs_hub.outbox.models import DeliveryState, OutboxDelivery
from worklist.models import Exam, ExamEvent

M = TypeVar("M", InboundMessage, OutboundMessage)


IN: Final = "in"
OUT: Final = "out"
LOUD_FOR: Final = timedelta(hours=24)
WAITING_TOO_LONG: Final = timedelta(minutes=5)
AT_THE_TOP: Final = 20
RECENT: Final = 1000

INBOUND_BY_KIND: Final[dict[str, Q]] = {
    "error": Q(processing_state=ProcessingState.REFUSED),
    "waiting": Q(processing_state=ProcessingState.RECEIVED),
    "done": Q(processing_state__in=(ProcessingState.PROCESSED, ProcessingState.DUPLICATE)),
}
OUTBOUND_BY_KIND: Final[dict[str, Q]] = {
    "error": Q(state__in=(OutboundState.REJECTED, OutboundState.DEAD)),
    "waiting": Q(state__in=(OutboundState.QUEUED, OutboundState.SENT)),
    "done": Q(state=OutboundState.ACKNOWLEDGED),
}
SENT_AGAIN: Final = Exists(OutboundMessage.objects.filter(resend_of=OuterRef("pk")))
COLUMNS: Final = (
    "direction",
    "pk",
    "shown_peer",
    "message_type",
    "control_id",
    "shown_state",
    "ack_code",
    "problem",
    "tries",
    "at",
)


@dataclass(frozen=True, kw_only=True)
class MessageFilters:
    """Which messages to show; empty means all."""

    direction: str = ""
    kind: str = ""
    message_type: str = ""
    q: str = ""


def messages(filters: MessageFilters) -> QuerySet[Any, dict[str, Any]]:
    """Return the messages that pass, latest first, as rows of `COLUMNS`."""
    parts = [
        rows.values(*COLUMNS)
        for direction, rows in ((IN, _inbound(filters)), (OUT, _outbound(filters)))
        if filters.direction in {"", direction}
    ]
    joined = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    latest_first: QuerySet[Any, dict[str, Any]] = joined.order_by("-at", "-pk")
    return latest_first


def needing_a_hand(filters: MessageFilters, *, now: datetime) -> list[dict[str, Any]]:
    """Return the open errors, latest first, then what waits too long, oldest first."""
    errors = (
        _loud_inbound(_inbound(filters), now=now).values(*COLUMNS),
        _loud_outbound(_outbound(filters)).values(*COLUMNS),
    )
    waiting = (
        _waiting_long(_inbound(filters), "received_at", now=now).values(*COLUMNS),
        _waiting_long(_outbound(filters), "created_at", now=now).values(*COLUMNS),
    )
    if filters.direction:
        chosen = 0 if filters.direction == IN else 1
        errors, waiting = errors[chosen : chosen + 1], waiting[chosen : chosen + 1]
    return [
        *errors[0].union(*errors[1:], all=True).order_by("-at", "-pk")[:AT_THE_TOP],
        *waiting[0].union(*waiting[1:], all=True).order_by("at", "pk")[:AT_THE_TOP],
    ]


def waiting_messages(*, now: datetime) -> int:
    """Count what needs a hand."""
    inbound_rows, outbound_rows = InboundMessage.objects.all(), OutboundMessage.objects.all()
    return (
        _loud_inbound(inbound_rows, now=now).count()
        + _loud_outbound(outbound_rows).count()
        + _waiting_long(inbound_rows, "received_at", now=now).count()
        + _waiting_long(outbound_rows, "created_at", now=now).count()
    )


def _loud_inbound(rows: QuerySet[InboundMessage], *, now: datetime) -> QuerySet[InboundMessage]:
    """Refused a short while ago: its sender may not have noticed yet."""
    return rows.filter(INBOUND_BY_KIND["error"], received_at__gt=now - LOUD_FOR)


def _loud_outbound(rows: QuerySet[OutboundMessage]) -> QuerySet[OutboundMessage]:
    """Refused or given up, and nobody has sent it again."""
    return rows.filter(OUTBOUND_BY_KIND["error"]).exclude(SENT_AGAIN)


def _waiting_long(rows: QuerySet[M], since: str, *, now: datetime) -> QuerySet[M]:
    kinds = INBOUND_BY_KIND if rows.model is InboundMessage else OUTBOUND_BY_KIND
    return rows.filter(kinds["waiting"], **{f"{since}__lt": now - WAITING_TOO_LONG})


def _inbound(filters: MessageFilters) -> QuerySet[InboundMessage]:
    rows = InboundMessage.objects.filter(INBOUND_BY_KIND.get(filters.kind, Q()))
    if filters.message_type:
        rows = rows.filter(message_type__startswith=filters.message_type)
    if filters.q:
        told = (
            ExamEvent.objects.filter(_exam_like(filters.q, "exam__"), source_kind="hl7")
            .exclude(source_id="")
            .annotate(message=Cast("source_id", BigIntegerField()))
            .values("message")
        )
        rows = rows.filter(Q(control_id=filters.q) | Q(peer__iexact=filters.q) | Q(pk__in=told))
    return rows.annotate(
        direction=Value(IN, output_field=CharField()),
        shown_peer=F("peer"),
        shown_state=F("processing_state"),
        problem=F("error_text"),
        tries=F("attempts"),
        at=F("received_at"),
    )


def _outbound(filters: MessageFilters) -> QuerySet[OutboundMessage]:
    rows = OutboundMessage.objects.filter(OUTBOUND_BY_KIND.get(filters.kind, Q()))
    if filters.message_type:
        rows = rows.filter(message_type__startswith=filters.message_type)
    if filters.q:
        rows = rows.filter(
            Q(control_id=filters.q)
            | Q(peer_name__iexact=filters.q)
            | _exam_like(filters.q, "exam__")
        )
    return rows.annotate(
        direction=Value(OUT, output_field=CharField()),
        shown_peer=F("peer_name"),
        shown_state=F("state"),
        problem=F("ack_text"),
        tries=F("attempts"),
        at=F("created_at"),
    )


def _exam_like(q: str, prefix: str) -> Q:
    names = ("accession_number", "placer_order_number", "filler_order_number")
    wanted = Q()
    for name in names:
        wanted |= Q(**{prefix + name: q})
    return wanted


def message_types() -> list[str]:
    """Return the message types of late, for the filter; the whole table would be slow to read."""
    came_in = InboundMessage.objects.order_by("-received_at").values_list("message_type", flat=True)
    went_out = OutboundMessage.objects.order_by("-created_at").values_list(
        "message_type", flat=True
    )
    return sorted({kind for rows in (came_in, went_out) for kind in rows[:RECENT] if kind})


def exams_told_of(message_id: int) -> list[ExamEvent]:
    """Return the timeline lines an inbound message caused, with their exams."""
    return list(
        ExamEvent.objects.filter(source_kind="hl7", source_id=str(message_id))
        .select_related("exam", "exam__patient")
        .order_by("pk")[:50]
    )


def exams_by_id(ids: list[int]) -> dict[int, Exam]:
    """Return exams by id."""
    return Exam.objects.select_related("patient").in_bulk(ids)


def last_heard() -> dict[str, datetime]:
    """Return when each HL7 peer was last heard: a message it sent, or an answer it gave."""
    heard = dict(
        InboundMessage.objects.exclude(peer="")
        .order_by()
        .values_list("peer")
        .annotate(Max("received_at"))
    )
    answered = (
        OutboundMessage.objects.filter(acknowledged_at__isnull=False)
        .order_by()
        .values_list("peer_name")
        .annotate(Max("acknowledged_at"))
    )
    for name, at in answered:
        heard[name] = max(at, heard.get(name, at))
    return heard


def queued_for() -> dict[str, int]:
    """Return how many messages wait for each peer."""
    waiting: dict[str, int] = {}
    rows = OutboundMessage.objects.filter(OUTBOUND_BY_KIND["waiting"]).values_list("peer_name")
    for (name,) in rows[:5000]:
        waiting[name] = waiting.get(name, 0) + 1
    return waiting


def last_images() -> dict[str, datetime]:
    """Return when each AE title last sent images."""
    return dict(
        Study.objects.exclude(calling_ae="")
        .order_by()
        .values_list("calling_ae")
        .annotate(Max("last_received_at"))
    )


def dead_deliveries() -> QuerySet[OutboxDelivery]:
    """Return the reactions that were given up, latest first."""
    return (
        OutboxDelivery.objects.filter(state=DeliveryState.DEAD)
        .select_related("message")
        .order_by("-pk")
    )


def messages_about(exam_id: int) -> list[dict[str, Any]]:
    """Return the messages that told us of an exam or told others of it, in order."""
    told = (
        ExamEvent.objects.filter(exam=exam_id, source_kind="hl7")
        .exclude(source_id="")
        .annotate(message=Cast("source_id", BigIntegerField()))
        .values("message")
    )
    incoming = _inbound(MessageFilters()).filter(pk__in=told).values(*COLUMNS)
    outgoing = _outbound(MessageFilters()).filter(exam=exam_id).values(*COLUMNS)
    return list(incoming.union(outgoing, all=True).order_by("at", "pk")[:100])


def with_what_happened(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give each row of a page its `what`: the problem, else the effects or the exam it is about."""
    came_in = [row["pk"] for row in rows if row["direction"] == IN]
    went_out = [row["pk"] for row in rows if row["direction"] == OUT]
    effects = dict(InboundMessage.objects.filter(pk__in=came_in).values_list("pk", "effects"))
    about = dict(
        OutboundMessage.objects.filter(pk__in=went_out).values_list("pk", "exam__accession_number")
    )
    for row in rows:
        told = [effect["text"] for effect in effects.get(row["pk"], [])]
        accession = about.get(row["pk"])
        done = "; ".join(told) if row["direction"] == IN else accession and f"exam {accession}"
        row["what"] = row["problem"] or done or ""
    return rows
