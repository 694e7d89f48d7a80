"""Changed and merged patients are told on, never back; what waits of a merged one goes first."""

from __future__ import annotations

import pytest

from archive.models import Patient
from archive.patients.rules import Identifier
from integrations.hl7.message import Message
from integrations.hl7.outbound import services
from integrations.hl7.outbound.backlog import Backlog
from integrations.hl7.outbound.models import OutboundMessage
from integrations.hl7.outbound.services import Teller
from pacs_hub.kernel import clock
from tests.support.builders import MORNING, a_patient, an_exam
from tests.support.mllp_door import a_receiver, a_site

pytestmark = pytest.mark.django_db


def update(patient: Patient, correlation_id: str = "c1", told_by: Teller | None = None) -> int:
    rows = services.queue_patient(
        patient_id=patient.pk,
        at=MORNING,
        correlation_id=correlation_id,
        told_by=told_by or Teller(),
    )
    return len(rows)


def test_each_receiver_hears_of_a_change_as_the_event_it_knows() -> None:
    a_site()
    a_receiver(port=1, name="A", messages=["ADT^A31"])
    a_receiver(port=1, name="B", messages=["ADT^A08"])
    a_receiver(port=1, name="C", messages=["ADT^A08", "ADT^A31"])
    assert update(a_patient()) == 3
    assert update(Patient.objects.get()) == 0
    assert update(Patient.objects.get(), "c2", Teller("A")) == 2
    kinds = OutboundMessage.objects.order_by("pk").values_list("message_type", flat=True)
    assert list(kinds)[:3] == ["ADT^A31", "ADT^A08", "ADT^A31"]


def test_somebody_without_a_name_is_not_told_of() -> None:
    a_site()
    a_receiver(port=1, messages=["ADT^A31"])
    assert update(a_patient(name="")) == 0


def test_a_merge_goes_after_what_still_waits_of_the_one_who_is_gone() -> None:
    a_site()
    a_receiver(port=1, messages=["ADT^A40", "ORM^O01"])
    loser = a_patient(identifiers=(Identifier(value="P9", issuer="GH"),))
    exam = an_exam(patient=loser)
    services.queue_order_status(exam_id=exam.pk, status="IP", at=MORNING, correlation_id="c1")
    survivor = a_patient()
    Patient.objects.filter(pk=loser.pk).update(state="merged", survivor=survivor)
    (row,) = services.queue_merge(
        survivor_id=survivor.pk, loser_id=loser.pk, at=MORNING, correlation_id="c2"
    )
    message = Message(bytes(row.body).decode())
    assert (message.get("PID-3"), message.get("MRG-1")) == ("P1", "P9")
    rows = OutboundMessage.objects.order_by("pk")
    assert [(r.message_type, r.stream) for r in rows] == [
        ("ORM^O01", f"patient:{survivor.pk}"),
        ("ADT^A40", f"patient:{survivor.pk}"),
    ]
    services.queue_order_status(exam_id=exam.pk, status="CM", at=MORNING, correlation_id="c3")
    assert OutboundMessage.objects.latest("pk").stream == f"patient:{survivor.pk}"


def test_a_message_applied_again_after_a_fix_is_told_of_again() -> None:
    a_site()
    a_receiver(port=1, messages=["ADT^A31"])
    patient = a_patient()
    assert update(patient) == 1
    later = clock.now()
    for expected in (1, 0):  # an event is told twice
        again = services.queue_patient(patient_id=patient.pk, at=later, correlation_id="c1")
        assert len(again) == expected


def test_what_holds_up_the_lane_of_the_one_who_is_gone_holds_up_the_one_they_share() -> None:
    a_site()
    a_receiver(port=1, messages=["ADT^A31", "ADT^A40"], options={"on_rejection": "wait"})
    loser = a_patient(identifiers=(Identifier(value="P9", issuer="GH"),))
    survivor = a_patient()
    update(loser)
    update(loser, "c2")
    refused = OutboundMessage.objects.earliest("pk")
    OutboundMessage.objects.filter(pk=refused.pk).update(state="rejected", blocking=True)
    services.queue_merge(
        survivor_id=survivor.pk, loser_id=loser.pk, at=MORNING, correlation_id="c3"
    )
    assert list(Backlog("BILLING").in_turn(now=clock.now())) == []
    again = services.resend(outbound_id=refused.pk)
    assert again.stream == f"patient:{survivor.pk}"
    assert [one.pk for one in Backlog("BILLING").in_turn(now=clock.now())][0] == again.pk
