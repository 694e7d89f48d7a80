"""What happened to an exam is told to who asked, in the form they asked for, and to nobody else."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from integrations.hl7.message import Message
from integrations.hl7.outbound import services
from integrations.hl7.outbound.models import OutboundMessage
from integrations.hl7.outbound.services import Teller
from tests.support.builders import HIS, MORNING, an_exam, result_facts
from tests.support.mllp_door import a_receiver, a_site
from worklist.models import Exam, Result, Visit
from worklist.results.services import file_result

pytestmark = pytest.mark.django_db


@pytest.fixture
def exam() -> Exam:
    """Return an exam at a site."""
    a_site()
    return an_exam()


def status(exam: Exam, **over: Any) -> list[OutboundMessage]:
    facts = {"exam_id": exam.pk, "status": "IP", "at": MORNING, "correlation_id": "c1"}
    return services.queue_order_status(**(facts | over))


def text_of(row: OutboundMessage) -> Message:
    return Message(bytes(row.body).decode())


@pytest.mark.parametrize(
    ("messages", "options", "form"),
    [
        (["ORM^O01"], {}, "ORM^O01"),
        (["OMI^O23"], {}, "OMI^O23"),
        (["ORM^O01"], {"order_message": "OMG^O19"}, "OMG^O19"),
    ],
)
def test_an_order_status_has_the_form_the_receiver_wants(
    exam: Exam, messages: list[str], options: dict[str, str], form: str
) -> None:
    a_receiver(port=1, messages=messages, options=options)
    (row,) = status(exam)
    assert row.message_type == form
    assert text_of(row).get("MSH-9.2") == form[4:]
    assert text_of(row).get("ORC-5") == "IP"


@pytest.mark.parametrize(
    ("teller", "told"),
    [
        (Teller(), 2),
        (Teller("RIS", "RIS", "GH"), 1),  # the same name
        (Teller("RIS in", "RISAPP", "GH"), 1),  # the same application
        (Teller("HIS", "HIS", "GH"), 2),
    ],
)
def test_nobody_is_told_what_they_told_us(exam: Exam, teller: Teller, told: int) -> None:
    a_receiver(port=1, name="RIS", application="RISAPP", messages=["ORM^O01"])
    a_receiver(port=1, name="OTHER", application="X", messages=["ORM^O01"])
    rows = status(exam, told_by=teller)
    assert len(rows) == told
    assert rows[-1].peer_name == "OTHER"


def test_a_report_leaves_with_a_pdf_once_for_each_version(exam: Exam) -> None:
    a_receiver(port=1, messages=["ORU^R01"])
    a_receiver(port=1, name="TEXT", messages=["ORU^R01"], options={"report_pdf": False})
    file_result(result=result_facts(exam), patient=None, origin=HIS)
    result = Result.objects.get()
    facts = {"exam_id": exam.pk, "result_id": result.pk, "at": MORNING, "correlation_id": "c1"}
    rows = services.queue_report(**facts)
    assert services.queue_report(**facts) == []
    kinds = [[s.raw(2) for s in text_of(row).all("OBX")] for row in rows]
    assert kinds == [["TX", "HD", "ED"], ["TX", "HD"]]
    data = text_of(rows[0]).all("OBX")[2].components(5)[4][0]
    assert base64.b64decode(data).startswith(b"%PDF")
    assert text_of(rows[0]).get("OBR-25") == "F"


def test_our_schedule_is_told_by_event_and_only_with_a_time(exam: Exam) -> None:
    a_receiver(port=1, messages=["SIU^S12", "SIU^S13", "SIU^S15", "SIU^S26"])
    for number, change in enumerate(("booked", "moved", "arrived", "missed", "cancelled")):
        services.queue_schedule(
            exam_id=exam.pk, change=change, at=MORNING, correlation_id=f"c{number}"
        )
    kinds = list(OutboundMessage.objects.order_by("pk").values_list("message_type", flat=True))
    assert kinds == ["SIU^S12", "SIU^S13", "SIU^S26", "SIU^S15"]  # nobody asked for S14
    Exam.objects.update(scheduled_for=None)
    untold = services.queue_schedule(
        exam_id=exam.pk, change="moved", at=MORNING, correlation_id="c9"
    )
    assert untold == []


def test_text_a_receiver_cannot_read_is_never_changed_in_silence(exam: Exam) -> None:
    exam.patient.name = "ИВАНОВ^ИВАН"
    exam.patient.save()
    for policy in ("utf-8", "transliterate", "refuse"):
        a_receiver(
            port=1,
            name=policy,
            messages=["ORM^O01"],
            character_set="8859/1",
            options={"unencodable": policy, "on_rejection": "wait"},
        )
    sent, latin, refused = status(exam)
    assert sent.conversion["used"] == "UNICODE UTF-8"
    assert text_of(latin).get("PID-5") == "IVANOV"
    assert latin.conversion["fields"] == {"PID-5": 10}
    assert (refused.state, refused.error_code, refused.blocking) == (
        "rejected",
        "character-set",
        True,
    )
    assert refused.ack_text == "8859/1 does not hold characters of PID-5 (10): not sent"


def test_a_message_of_an_earlier_release_is_written_again_from_its_key(exam: Exam) -> None:
    a_receiver(port=1, messages=["ORM^O01"])
    (row,) = status(exam, status="CM")
    OutboundMessage.objects.update(state="dead", about={})
    again = services.resend(outbound_id=row.pk)
    assert text_of(again).get("ORC-5") == "CM"
    assert again.place == row.pk


def test_the_visit_is_told_as_it_is_known_by_now(exam: Exam) -> None:
    a_receiver(port=1, messages=["ORM^O01"])
    order = exam.requested_procedure.order
    order.visit_number = "V77"
    order.save()
    Visit.objects.create(
        patient=exam.patient,
        number="V77",
        status="in_progress",
        attending_physician_name="CUDDY^LISA",
        admitted_at=MORNING,
        updated_at=MORNING,
    )
    message = text_of(status(exam)[0])
    assert (message.get("PV1-7.2"), message.get("PV1-19")) == ("CUDDY", "V77")
    assert message.get("PV1-44") == "20261124100000+0100"
