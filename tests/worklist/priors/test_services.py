"""Priors are wanted when an exam is ordered, and again the day before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archive.models import PrefetchRequest
from archive.prefetch.services import replace_policy
from pacs_hub.kernel import clock
from pacs_hub.outbox.relay import Relay
from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS, UNHEARD
from tests.support.builders import HIS, a_procedure, an_exam
from worklist.exams.models import Exam
from worklist.priors.services import want_priors_of, want_priors_of_tomorrow
from worklist.tasks import want_priors

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def policy() -> None:
    """The site prefetches."""
    replace_policy({"to": [], "count": 3, "years": 10, "modalities": {}, "sources": []})


def test_an_order_wants_the_priors_of_its_patient() -> None:
    a_procedure(body_part="HEAD")
    exam = an_exam()
    Relay(SUBSCRIPTIONS, UNHEARD, lease_seconds=60).run()
    request = PrefetchRequest.objects.get()
    assert (request.key, request.occasion) == (f"exam:{exam.pk}", "scheduled")
    assert (request.patient_id, request.modality, request.body_part) == (
        exam.patient_id,
        "CT",
        "HEAD",
    )
    assert not want_priors_of(exam_id=exam.pk, origin=HIS)


def test_the_day_before_they_are_wanted_once_more() -> None:
    exam = an_exam()
    for hours, wanted in [(-1, 0), (25, 0), (23, 1), (23, 0)]:
        at = clock.now() + timedelta(hours=hours)
        Exam.objects.filter(pk=exam.pk).update(scheduled_for=at)
        assert want_priors_of_tomorrow(origin=HIS) == wanted
    assert PrefetchRequest.objects.get().occasion == "eve"


def test_an_exam_that_is_over_wants_nothing() -> None:
    exam = an_exam()
    soon = clock.now() + timedelta(hours=1)
    Exam.objects.filter(pk=exam.pk).update(status="cancelled", scheduled_for=soon)
    assert not want_priors_of(exam_id=exam.pk, origin=HIS)
    want_priors()
    assert not PrefetchRequest.objects.exists()
