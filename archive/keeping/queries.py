"""What is kept, how well, and what the rules would let go; reads only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Sum

from archive.keeping.models import (
    DailyVolume,
    Finding,
    Hold,
    RetentionRule,
    Tombstone,
    VerificationRound,
    WishedMove,
)
from archive.keeping.rules import Rule, StudyFacts, is_due, modalities_of
from archive.storage.area import StorageArea
from archive.store.models import Instance, Series, Study, StudyState, Tier
from archive.store.queries import shown
from pacs_hub.audit.models import AuditRow

EXPIRED: Final = "113039"
"""DCM code: Data Retention Policy Expired (RAD TF-3 4.66.4.1.3.5)."""
KEY_OBJECT_SELECTION: Final = "1.2.840.10008.5.1.4.1.1.88.59"
PAGE: Final = 200
OPENED: Final = ("view", "export")
PAGE_VIEW: Final = "its page"
"""Detail of a view of a study's page alone, which needs none of its bytes at once."""

Veto = Callable[[Collection[int]], Collection[int]]
"""Takes study ids, returns those that somebody above still works with."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """One study a rule acts on now; `kept_because` is not empty where something forbids it."""

    study: Study
    rule: Rule
    number_of_instances: int
    bytes: int
    kept_because: str = ""


@dataclass(frozen=True, kw_only=True)
class StorageState:
    """What the storage page shows. Days are the latest first."""

    days: tuple[DailyVolume, ...]
    free_bytes: int | None
    verification: VerificationRound | None
    all_verified_since: datetime | None
    open_findings: int


def retention_rules() -> tuple[Rule, ...]:
    """Return the rules in the order of the site file."""
    return tuple(
        Rule(
            name=row.name,
            action="delete" if row.action == "delete" else "cold",
            days=row.days,
            modality=tuple(row.modality),
            body_part=row.body_part,
            description=row.description,
            keep_last=row.keep_last,
        )
        for row in RetentionRule.objects.order_by("position")
    )


def due(rule: Rule, *, now: datetime, veto: Veto, after: int = 0) -> Iterator[Due]:
    """Yield all studies the rule acts on now, by id and behind `after`, page by page."""
    while True:
        found, last = due_page(rule, now=now, veto=veto, after=after)
        yield from found
        if last is None:
            return
        after = last


def due_page(rule: Rule, *, now: datetime, veto: Veto, after: int) -> tuple[list[Due], int | None]:
    """Look at one page of studies behind `after`: those that are due, and where to go on.

    A page is so many studies whether they are due or not, so that a rule which hardly ever acts
    does not read the whole archive each time. None means that there are no more.
    """
    page = list(
        Study.objects.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:PAGE]
    )
    if not page:
        return [], None
    looked_at = Study.objects.filter(pk__gt=after, pk__lte=page[-1])
    studies = list(_candidates(looked_at, rule, now).order_by("pk"))
    facts = _facts_of(studies, rule)
    studies = [study for study in studies if is_due(rule, facts[study.pk], now=now)]
    ids = [study.pk for study in studies]
    wanted = set(veto(ids)) if ids and rule.action == "delete" else set()
    volumes = _volumes(ids)
    found = [_due(rule, study, wanted, volumes.get(study.pk, (0, 0))) for study in studies]
    return found, page[-1] if len(page) == PAGE else None


def is_still_due(rule: Rule, study: Study, *, now: datetime) -> bool:
    """Say whether the rule acts on a study that is locked now: a note may have been undone."""
    if not _candidates(Study.objects.filter(pk=study.pk), rule, now).exists():
        return False
    return is_due(rule, _facts_of([study], rule)[study.pk], now=now)


def _due(rule: Rule, study: Study, wanted: set[int], volume: tuple[int, int]) -> Due:
    return Due(
        study=study,
        rule=rule,
        number_of_instances=volume[0],
        bytes=volume[1],
        kept_because=_kept_because(rule, study, wanted),
    )


def _volumes(ids: list[int]) -> dict[int, tuple[int, int]]:
    """Return how many objects and bytes each of these studies has."""
    rows = Instance.objects.filter(study__in=ids).values_list("study_id")
    counted = rows.annotate(n=Count("pk"), b=Sum("size")).values_list("study_id", "n", "b")
    return {study: (number, size) for study, number, size in counted}


def is_expired() -> Q:
    """Return the condition for studies that a note 113039 took out of use as a whole."""
    left = Instance.objects.filter(shown(), study=OuterRef("pk")).exclude(
        sop_class_uid=KEY_OBJECT_SELECTION
    )
    rejected = Instance.objects.filter(study=OuterRef("pk"), rejected_as__contains=EXPIRED)
    return Q(Exists(rejected)) & ~Q(Exists(left))


def _candidates(looked_at: QuerySet[Study], rule: Rule, now: datetime) -> QuerySet[Study]:
    may_be = Q(last_received_at__lte=now - timedelta(days=rule.days))
    if rule.modality:
        named = Q()
        for modality in rule.modality:
            named |= Q(modalities__contains=modality)
        may_be &= named
    if rule.action == "delete":
        noted = looked_at.filter(
            rejection_notes__code=EXPIRED, rejection_notes__undone_at__isnull=True
        )
        may_be |= Q(pk__in=noted.values("pk"))
    rows = looked_at.filter(may_be, state=StudyState.RECEIVED)
    return rows.filter(tier=Tier.MAIN) if rule.action == "cold" else rows


def _facts_of(studies: list[Study], rule: Rule) -> dict[int, StudyFacts]:
    ids = [study.pk for study in studies]
    parts: dict[int, set[str]] = {pk: set() for pk in ids}
    if rule.body_part:
        rows = Series.objects.filter(study__in=ids).values_list("study_id", "body_part")
        for pk, part in rows:
            parts[pk] |= {part} if part else set()
    expired: set[int] = set()
    if rule.action == "delete":
        expired = set(Study.objects.filter(is_expired(), pk__in=ids).values_list("pk", flat=True))
    opened = _opened(studies) if rule.action == "cold" else {}
    newer = _newer(ids) if rule.keep_last else {}
    # A study of which nothing is in use has no modalities any more; its series still say.
    modalities: dict[int, set[str]] = {pk: set() for pk in expired}
    for pk, modality in Series.objects.filter(study__in=expired).values_list(
        "study_id", "modality"
    ):
        modalities[pk] |= {modality} if modality else set()
    return {
        study.pk: StudyFacts(
            modalities=tuple(modalities.get(study.pk, ())) or modalities_of(study.modalities),
            body_parts=tuple(parts[study.pk]),
            description=study.description,
            last_received_at=study.last_received_at,
            last_opened_at=opened.get(study.study_instance_uid),
            newer_of_patient=newer.get(study.pk, 0),
            expired=study.pk in expired,
        )
        for study in studies
    }


def _newer(ids: list[int]) -> dict[int, int]:
    """Return how many studies of the same patient came after each of these."""
    after = Q(patient__studies__last_received_at__gt=F("last_received_at"))
    rows = Study.objects.filter(pk__in=ids).annotate(n=Count("patient__studies", filter=after))
    return dict(rows.values_list("pk", "n"))


def _opened(studies: list[Study]) -> dict[str, datetime]:
    """Return when each study was last opened or sent, as the audit trail has it."""
    rows = AuditRow.objects.filter(
        object_type="study",
        object_id__in=[study.study_instance_uid for study in studies],
        patient_id__in={study.patient_id for study in studies},
        action__in=OPENED,
    )
    return dict(rows.values_list("object_id").annotate(last=Max("at")))


def _kept_because(rule: Rule, study: Study, wanted: set[int]) -> str:
    if rule.action == "delete" and study.legal_hold:
        return "legal hold"
    return "an exam of it is open" if study.pk in wanted else ""


def opened_cold_studies(*, since: datetime) -> list[Study]:
    """Return the cold studies whose images somebody opened since, and after the move."""
    rows = AuditRow.objects.filter(at__gte=since, object_type="study")
    opened = rows.filter(action__in=OPENED).exclude(detail=PAGE_VIEW)
    found = list(
        Study.objects.filter(study_instance_uid__in=opened.values("object_id"), tier=Tier.COLD)
    )
    uids = [study.study_instance_uid for study in found]
    moved = rows.filter(action="update", detail__startswith="moved to the cold area")
    opened_at, moved_at = _latest(opened, uids), _latest(moved, uids)
    return [
        study
        for study, uid in zip(found, uids, strict=True)
        if opened_at[uid] > moved_at.get(uid, since)
    ]


def _latest(rows: QuerySet[AuditRow], uids: list[str]) -> dict[str, datetime]:
    return dict(rows.filter(object_id__in=uids).values_list("object_id").annotate(last=Max("at")))


def wished_move(study: Study) -> WishedMove | None:
    """Return the move of the study that a person asked for and that is not done."""
    return WishedMove.objects.filter(study=study).first()


def tombstone(study_instance_uid: str) -> Tombstone | None:
    """Return what says that a study stood here and was removed; None where it is here again."""
    if Study.objects.filter(study_instance_uid=study_instance_uid).exists():
        return None
    rows = Tombstone.objects.filter(study_instance_uid=study_instance_uid)
    return rows.order_by("-deleted_at").first()


def tombstones() -> QuerySet[Tombstone]:
    """Return what was removed by rule, latest first."""
    return Tombstone.objects.order_by("-deleted_at")


def findings(*, state: str = "") -> QuerySet[Finding]:
    """Return what verification found, latest first."""
    rows = Finding.objects.order_by("-found_at", "-pk")
    return rows.filter(state=state) if state else rows


def holds_of(study: Study) -> QuerySet[Hold]:
    """Return the holds of a study, latest first."""
    return Hold.objects.filter(study_instance_uid=study.study_instance_uid).order_by("-placed_at")


def storage_state(*, area: StorageArea, days: int = 31) -> StorageState:
    """Return what the areas hold and how far verification is.

    `all_verified_since` is the beginning of the last finished round: everything that was stored
    then has been read back since.
    """
    finished = VerificationRound.objects.filter(finished_at__isnull=False).order_by("-pk").first()
    return StorageState(
        days=tuple(DailyVolume.objects.order_by("-day")[:days]),
        free_bytes=area.free_bytes(),
        verification=VerificationRound.objects.order_by("-pk").first(),
        all_verified_since=finished.started_at if finished is not None else None,
        open_findings=Finding.objects.filter(state="open").count(),
    )
