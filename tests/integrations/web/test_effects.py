"""A message shows what it changed, and each field leads back to the message that set it."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from archive.models import Patient
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.inbox.services import receive
from tests.support.browsing import browser, text_of
from tests.support.callers import caller
from tests.support.messages import adt, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site
from worklist.models import Exam

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hospital() -> None:
    """Configure a site and its HIS."""
    a_site()
    a_sender()


def came_in(text: str) -> InboundMessage:
    receipt = receive(raw=text.encode(), address="127.0.0.1", routes=routes())
    row = InboundMessage.objects.get(pk=receipt.message_id)
    assert row.processing_state == "processed", row.error_text
    return row


def a_rename() -> InboundMessage:
    came_in(adt("A04", person=pid(name="DOE^JANE")))
    header = msh("ADT^A08^ADT_A01", at="20261124110000+0000")
    return came_in(adt("A08", header=header, person=pid(name="ROE^JANE"), at="20261124110000+0000"))


def test_the_page_shows_from_what_to_what_and_what_dicom_shows() -> None:
    row = a_rename()
    text = text_of(browser("admin").get(f"/messages/in/{row.pk}/"))
    assert "Name DOE^JANE → ROE^JANE PatientName" in text
    assert "Birth date" not in text.split("Effects")[1]


def test_a_message_that_says_nothing_new_changes_nothing() -> None:
    a_rename()
    again = came_in(adt("A08", person=pid(name="ROE^JANE"), at="20261124120000+0000"))
    shown = caller("admin").get(f"/api/messages/in-{again.pk}/").json()
    assert [row for row in shown["effects"] if "field" in row] == []


def test_the_api_tells_each_field_from_what_to_what() -> None:
    row = a_rename()
    effects = caller("admin").get(f"/api/messages/in-{row.pk}/").json()["effects"]
    (change,) = [effect for effect in effects if effect.get("field") == "name"]
    assert (change["what"], change["from"], change["to"]) == ("patient", "DOE^JANE", "ROE^JANE")
    assert change["dicom"] == ["PatientName"]
    assert change["follows"] is False


def test_each_field_of_an_exam_leads_to_the_message_that_last_set_it() -> None:
    order = came_in(orm_o01(accession="A1"))
    row = a_rename()
    exam = Exam.objects.get()
    found = caller("admin").get(f"/api/exams/{exam.pk}/origins/").json()
    by_field = {(origin["what"], origin["field"]): origin for origin in found}
    assert by_field["patient", "name"]["message"]["id"] == f"in-{row.pk}"
    assert by_field["patient", "name"]["value"] == "ROE^JANE"
    made = by_field["exam", ""]["message"]
    assert made == {"id": f"in-{order.pk}", "type": order.message_type, "peer": "HIS"}
    patient = Patient.objects.get()
    of_patient = caller("admin").get(f"/api/patients/{patient.pk}/origins/").json()
    assert {origin["what"] for origin in of_patient} == {"patient", "patientidentifier"}


def test_the_exam_page_offers_where_each_field_came_from(client: Client) -> None:
    came_in(orm_o01(accession="A1"))
    row = a_rename()
    exam = Exam.objects.get()
    page = browser("admin").get(f"/exams/{exam.pk}/").content.decode()
    assert f'hx-get="/origins/exams/{exam.pk}/"' in page
    text = text_of(browser("admin").get(f"/origins/exams/{exam.pk}/"))
    assert "Patient name ROE^JANE set by ADT^A08 from HIS" in text
    shown = browser("technologist").get(f"/origins/exams/{exam.pk}/").content.decode()
    assert f"/messages/in/{row.pk}/" not in shown
    assert client.get(f"/origins/exams/{exam.pk}/").status_code == 401


def test_the_origins_cost_the_same_for_much_history(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    came_in(orm_o01(accession="A1"))
    for minute in range(10, 16):
        header = msh("ADT^A08^ADT_A01", at=f"202611241{minute}00+0000")
        came_in(
            adt("A08", header=header, person=pid(name=f"ROE{minute}^JANE"), at=header.split("|")[6])
        )
    exam, client = Exam.objects.get(), caller("admin")
    with django_assert_max_num_queries(10):
        found = client.get(f"/api/exams/{exam.pk}/origins/").json()
    assert len([row for row in found if row["field"] == "name"]) == 1
