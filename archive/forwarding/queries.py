"""The rules in force, the queue as pages and lanes need it, and what is left of a sending."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, F, Min, Q, QuerySet, Sum

from archive.corrections.queries import share_studies
from archive.forwarding.models import (
    ForwardRule,
    ItemState,
    Lane,
    Sending,
    SendingItem,
    SendingState,
)
from archive.forwarding.rules import BREAKS, Rule, StudyFacts
from archive.index.queries import visible
from archive.rejection.queries import sent_on
from archive.store.models import Instance, Series, Study
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel.errors import Unknown

OPEN_STATES: Final = (SendingState.QUEUED, SendingState.PAUSED)
NEED_A_PERSON: Final = (SendingState.FAILED, SendingState.GIVEN_UP)
_RATE_OVER: Final = timedelta(minutes=5)
_MOST_TURNS: Final = 1_000
_WITH_WHOM: Final = ("series", "study__patient__survivor")


class NoSuchSending(Unknown):
    """There is no such sending, or none this caller may see."""

    code = "no-such-sending"


@dataclass(frozen=True, kw_only=True)
class LaneView:
    """What waits for one peer; `objects_a_minute` is what went lately."""

    ae_title: str
    sendings: int
    objects: int
    oldest: datetime | None
    objects_a_minute: float
    open_until: datetime | None
    error_text: str


def forward_rules() -> tuple[Rule, ...]:
    """Return the rules in the order of the site file."""
    return tuple(
        Rule(
            name=row.name,
            to=row.to,
            when=row.when,
            window=row.window,
            modality=tuple(row.modality),
            station=tuple(row.station),
            calling_ae=tuple(row.calling_ae),
            body_part=row.body_part,
            description=row.description,
            sop_classes=tuple(row.sop_classes),
            linked=row.linked,
            transfer_syntax=row.transfer_syntax,
            anonymise=row.anonymise,
            retain=tuple(row.retain),
            burned_in=row.burned_in,
        )
        for row in ForwardRule.objects.order_by("position")
    )


def facts_of(study: Study) -> StudyFacts:
    """Return what the rules ask of a study."""
    series = list(
        Series.objects.filter(study=study).values_list("modality", "station_name", "body_part")
    )
    senders = Instance.objects.filter(study=study, door="dimse").order_by()
    return StudyFacts(
        modalities=frozenset(modality for modality, _, _ in series),
        stations=frozenset(station for _, station, _ in series),
        body_parts=frozenset(part for _, _, part in series),
        senders=frozenset(senders.values_list("calling_ae", flat=True).distinct()),
        description=study.description,
        is_linked=study.identity_verified,
    )


def may_go(study: Study, rule: Rule) -> QuerySet[Instance]:
    """Return the objects of a study a rule sends: never back to the peer they came from."""
    rows = Instance.objects.filter(sent_on(), study=study)
    rows = rows.exclude(door="dimse", calling_ae=rule.to)
    return rows.filter(sop_class_uid__in=rule.sop_classes) if rule.sop_classes else rows


def sendings(
    *, principal: Principal, state: str = "", ae_title: str = "", study_instance_uid: str = ""
) -> QuerySet[Sending]:
    """Return the sendings of the studies the principal may see, latest first."""
    rows = Sending.objects.select_related("study").filter(
        visible(principal=principal, prefix="study__")
    )
    given = {
        "state": state,
        "ae_title": ae_title,
        "study__study_instance_uid": study_instance_uid,
    }
    rows = rows.filter(**{key: value for key, value in given.items() if value})
    return rows.order_by("-created_at", "-pk")


def sending(*, principal: Principal, sending_id: int) -> Sending:
    """Return one sending.

    Raises:
        NoSuchSending: there is none of that id that the caller may see.
    """
    row = sendings(principal=principal).filter(pk=sending_id).first()
    if row is None:
        raise NoSuchSending("there is no such sending")
    return row


def need_a_person() -> QuerySet[Sending]:
    """Return the sendings that do not go on by themselves, latest first."""
    rows = Sending.objects.select_related("study").filter(state__in=NEED_A_PERSON)
    return rows.order_by("-created_at", "-pk")


def failed_items(sending_id: int) -> QuerySet[SendingItem]:
    """Return the objects of a sending that the peer refused or changed."""
    rows = SendingItem.objects.select_related("instance").filter(sending_id=sending_id)
    return rows.filter(state__in=(ItemState.FAILED, ItemState.WARNING)).order_by("pk")


def lanes(*, now: datetime) -> list[LaneView]:
    """Return what waits for each peer, by title."""
    waiting: dict[str, dict[str, Any]] = {
        row["ae_title"]: dict(row)
        for row in Sending.objects.filter(state=SendingState.QUEUED)
        .values("ae_title")
        .order_by()
        .annotate(
            sendings=Count("pk"),
            left=Sum(F("number_of_items") - F("number_sent") - F("number_failed")),
            oldest=Min("created_at"),
        )
    }
    went = _went_since(now - _RATE_OVER)
    states = {lane.ae_title: lane for lane in Lane.objects.all()}
    return [
        _lane_view(title, waiting.get(title, {}), went.get(title, 0), states.get(title))
        for title in sorted({*waiting, *states})
    ]


def _went_since(since: datetime) -> dict[str, int]:
    """Return how many objects went to each peer; of the sendings that had a turn only."""
    lately = Sending.objects.filter(last_turn_at__gt=since).order_by("-last_turn_at")
    titles = dict(lately.values_list("pk", "ae_title")[:_MOST_TURNS])
    went: dict[str, int] = {}
    for pk, number in (
        SendingItem.objects.filter(
            sending__in=list(titles), at__gt=since, state__in=(ItemState.SENT, ItemState.WARNING)
        )
        .order_by()
        .values_list("sending")
        .annotate(Count("pk"))
    ):
        went[titles[pk]] = went.get(titles[pk], 0) + number
    return went


def _lane_view(title: str, row: dict[str, Any], went: int, lane: Lane | None) -> LaneView:
    return LaneView(
        ae_title=title,
        sendings=row.get("sendings", 0),
        objects=row.get("left") or 0,
        oldest=row.get("oldest"),
        objects_a_minute=went / (_RATE_OVER / timedelta(minutes=1)),
        open_until=lane.open_until if lane else None,
        error_text=lane.error_text if lane else "",
    )


def due_lanes(*, now: datetime, most: int) -> list[str]:
    """Return the peers for whom something may be sent now and nobody does, longest waiting first.

    At most `most` lanes run at once. A circuit that was open and may be probed now is due
    whatever the sendings behind it wait for.
    """
    busy = set(Lane.objects.filter(claimed_until__gt=now).values_list("ae_title", flat=True))
    shut = set(Lane.objects.filter(open_until__gt=now).values_list("ae_title", flat=True))
    broken = Lane.objects.filter(failures__gte=BREAKS).values_list("ae_title", flat=True)
    rows = Sending.objects.filter(
        Q(next_attempt_at__lte=now) | Q(ae_title__in=list(broken)), state=SendingState.QUEUED
    )
    titles = (
        rows.exclude(ae_title__in=busy | shut)
        .values_list("ae_title")
        .order_by()
        .annotate(longest=Min("next_attempt_at"))
        .order_by("longest")
    )
    return [title for title, _ in titles[: max(most - len(busy), 0)]]


def next_sending(ae_title: str, *, now: datetime) -> Sending | None:
    """Return the sending whose turn it is: those a person waits for first, then in turn."""
    rows = Sending.objects.select_related("study").filter(
        ae_title=ae_title, state=SendingState.QUEUED, next_attempt_at__lte=now
    )
    return rows.order_by("priority", F("last_turn_at").asc(nulls_first=True), "pk").first()


def kinds_of(sending_id: int) -> list[tuple[str, str]]:
    """Return the SOP classes and stored transfer syntaxes of what is left of a sending."""
    rows = SendingItem.objects.filter(sending_id=sending_id, state=ItemState.WAITING)
    kinds = rows.order_by().values_list("instance__sop_class_uid", "instance__transfer_syntax_uid")
    return sorted(set(kinds.distinct()))


def left_of(sending_id: int, *, limit: int) -> Iterator[tuple[SendingItem, Instance | None]]:
    """Yield what is to be sent next, with None for what was rejected meanwhile.

    An object at which the peer broke off comes after the others.
    """
    items = list(
        SendingItem.objects.filter(sending_id=sending_id, state=ItemState.WAITING).order_by(
            F("at").asc(nulls_first=True), "pk"
        )[:limit]
    )
    rows = _rows([item.instance_id for item in items])
    for item in items:
        yield item, rows.get(item.instance_id)


def _rows(ids: Sequence[int]) -> dict[int, Instance]:
    found = Instance.objects.select_related(*_WITH_WHOM).defer("series__metadata")
    rows = found.filter(sent_on()).in_bulk(list(ids))
    share_studies(rows.values())
    return rows
