"""Have the priors of an exam at hand before it begins: ask, recall, fetch, send on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction

from archive.forwarding.services import How, queue
from archive.keeping.services import StudyReceives, recall
from archive.patients.queries import resolve
from archive.prefetch import queries
from archive.prefetch.models import (
    PrefetchedStudy,
    PrefetchPolicy,
    PrefetchRequest,
    PrefetchState,
)
from archive.prefetch.rules import Coming, Policy, Prior, relevant
from archive.prefetch.sources import find_priors, move_here
from archive.requestor.association import PeerAway
from archive.requestor.peers import configured_peer
from archive.storage.area import StorageArea
from archive.storage.tiers import COLD
from archive.store.models import Instance, Study, Tier
from archive.store.queries import shown
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin
from pacs_hub.outbox import leases
from pacs_hub.outbox.publish import nudge_after_commit

logger = logging.getLogger(__name__)

PREFETCH_TASK: Final = "archive.prefetch"
LEASE_SECONDS: Final = 900
WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""Between attempts at sources that are away; what is here is at hand after the first."""


def replace_policy(row: dict[str, Any] | None) -> None:
    """Make the policy that of the site file."""
    with transaction.atomic():
        PrefetchPolicy.objects.all().delete()
        if row is not None:
            PrefetchPolicy.objects.create(**row)


@transaction.atomic
def want_priors(
    *,
    key: str,
    occasion: str,
    patient_id: int,
    exam: Coming,
    origin: Origin,
) -> bool:
    """Ask for the priors of an exam, once for each occasion; says whether that is new.

    `key` names the exam. Nothing happens where the site does not prefetch.
    """
    if not PrefetchPolicy.objects.exists():
        return False
    _, is_new = PrefetchRequest.objects.get_or_create(
        key=key,
        occasion=occasion,
        defaults={
            "patient_id": patient_id,
            "modality": exam.modality,
            "body_part": exam.body_part,
            "study_instance_uid": exam.study_instance_uid,
            "next_attempt_at": clock.now(),
            "created_at": clock.now(),
            "correlation_id": origin.correlation_id,
        },
    )
    if is_new:
        nudge_after_commit(PREFETCH_TASK)
    return is_new


def fetch_due(*, area: StorageArea, ours: str, limit: int) -> int:
    """Work at up to `limit` requests that are due; returns how many are done.

    A source that is away is asked once in a run, whatever else waits for it.
    """
    policy, done, away = queries.policy(), 0, set[str]()
    for request in queries.due(now=clock.now(), limit=limit):
        waiting = PrefetchRequest.objects.filter(state=PrefetchState.WAITING)
        if not leases.claim(waiting, pk=request.pk, now=clock.now(), seconds=LEASE_SECONDS):
            continue
        work = _Work(policy or Policy(count=0), request, area=area, ours=ours, away=away)
        done += work.run()
    return done


class _Work:
    """One request under way. No transaction is open while others are asked."""

    def __init__(
        self,
        policy: Policy,
        request: PrefetchRequest,
        *,
        area: StorageArea,
        ours: str,
        away: set[str],
    ) -> None:
        self._policy, self._request = policy, request
        self._area, self._ours, self._away = area, ours, away
        self._patient = resolve(request.patient)
        self._problems: list[Unavailable] = []
        self._origin = Origin(door="hub", actor="prefetch", correlation_id=request.correlation_id)

    def run(self) -> bool:
        chosen = self._chosen(clock.now().date())
        fetched = sum(self._fetched(prior) for prior in chosen if prior.source)
        here = Study.objects.filter(
            study_instance_uid__in=[prior.study_instance_uid for prior in chosen]
        )
        recalled = 0
        for study in here.order_by("-study_date", "pk"):
            recalled += self._recalled(study)
            self._sent_on(study)
        return self._over(found=len(chosen), fetched=fetched, recalled=recalled)

    def _chosen(self, today: date) -> list[Prior]:
        request = self._request
        exam = Coming(
            modality=request.modality,
            body_part=request.body_part,
            study_instance_uid=request.study_instance_uid,
        )
        known = queries.priors_here(self._patient)
        who = queries.identifiers(self._patient)
        for source in self._policy.sources if who else ():
            answered = self._asked(source, lambda ae_title: self._priors_of(ae_title, who))
            known += answered or []
        return relevant(self._policy, exam, known, today=today)

    def _priors_of(self, ae_title: str, who: list[tuple[str, str]]) -> list[Prior]:
        return find_priors(configured_peer(ae_title, ours=self._ours), who)

    def _asked(self, source: str, ask: Callable[[str], list[Prior]]) -> list[Prior] | None:
        try:
            if source in self._away:
                raise PeerAway(f"{source} is away")
            return ask(source)
        except PeerAway as error:
            self._away.add(source)
            self._problems.append(error)
            return None

    def _fetched(self, prior: Prior) -> bool:
        """Have a study moved here and write down what came of it."""
        row, _ = PrefetchedStudy.objects.get_or_create(
            request=self._request,
            ae_title=prior.source,
            study_instance_uid=prior.study_instance_uid,
            defaults={"at": clock.now()},
        )
        try:
            if prior.source in self._away:
                raise PeerAway(f"{prior.source} is away")
            peer = configured_peer(prior.source, ours=self._ours)
            moved = move_here(peer, prior.study_instance_uid, ours=self._ours)
        except PeerAway as error:
            self._away.add(prior.source)
            self._problems.append(error)
            row.error_text, row.at = error.text[:300], clock.now()
            row.save()
            return False
        row.is_here, row.status, row.at = moved.is_complete, moved.status, clock.now()
        row.completed, row.failed = moved.completed + moved.warnings, moved.failed
        row.error_text = "" if moved.is_complete else _words(prior.source, moved.status)
        row.save()
        if not moved.is_complete:
            self._problems.append(Unavailable(row.error_text, code="move-incomplete"))
        return moved.is_complete

    def _recalled(self, study: Study) -> bool:
        lies_cold = Instance.objects.filter(study=study, storage_key__startswith=COLD)
        if study.tier != Tier.COLD and not lies_cold.exists():
            return False
        try:
            return recall(study_id=study.pk, area=self._area, origin=self._origin).objects > 0
        except StudyReceives:
            return False
        except Unavailable as error:
            self._problems.append(error)
            return False

    def _sent_on(self, study: Study) -> None:
        for ae_title in self._policy.to:
            rows = Instance.objects.filter(shown(), study=study)
            rows = rows.exclude(door="dimse", calling_ae=ae_title)
            if rows.exists():
                key = f"prefetch:{self._request.key}"
                queue(
                    rows,
                    study=study,
                    ae_title=ae_title,
                    request_key=key,
                    how=How(),
                    origin=self._origin,
                )

    def _over(self, *, found: int, fetched: int, recalled: int) -> bool:
        """Write down what came of it; what others did not give is asked for again, a few times."""
        row = self._request
        row.attempts += 1
        row.claimed_until = None
        row.number_found = found
        row.number_fetched += fetched
        row.number_recalled += recalled
        row.error_code = self._problems[-1].error_code[:40] if self._problems else ""
        row.error_text = self._problems[-1].text[:300] if self._problems else ""
        if not self._problems:
            row.state, row.done_at = PrefetchState.DONE, clock.now()
        elif row.attempts > len(WAITS):
            row.state, row.done_at = PrefetchState.FAILED, clock.now()
        else:
            row.next_attempt_at = clock.now() + WAITS[row.attempts - 1]
        row.save()
        logger.info(
            "archive.prefetch.worked_at",
            extra={"request": row.pk, "state": row.state, "found": found, "fetched": fetched},
        )
        return row.state == PrefetchState.DONE


def _words(ae_title: str, status: int) -> str:
    return f"{ae_title} did not send all of it (0x{status:04X})"


def forget_old(*, days: int, limit: int) -> int:
    """Delete at most `limit` requests that are over for that many days; returns how many."""
    before = clock.now() - timedelta(days=days)
    old: Iterable[int] = PrefetchRequest.objects.filter(done_at__lt=before).values_list(
        "pk", flat=True
    )[:limit]
    pks = list(old)
    PrefetchRequest.objects.filter(pk__in=pks).delete()
    return len(pks)
