"""The journal of messages in a real browser: find, read, look back, mend."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.inbox.services import receive
from tests.support.messages import adt, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.person import Person
from worklist.models import Exam

pytestmark = pytest.mark.django_db(transaction=True)


def came_in(text: str) -> InboundMessage:
    receipt = receive(raw=text.encode(), address="127.0.0.1", routes=routes())
    return InboundMessage.objects.get(pk=receipt.message_id)


@pytest.fixture
def feed() -> InboundMessage:
    """An order, a new name for its patient, and a message with a wrong date."""
    a_site()
    a_sender()
    came_in(orm_o01(accession="A1"))
    at = "20261124110000+0000"
    renamed = msh("ADT^A08^ADT_A01", at=at)
    came_in(adt("A08", header=renamed, person=pid(name="ROE^JANE"), at=at))
    return came_in(adt("A08", person=pid(born="1970-13-45"), at="20261124120000+0000"))


def test_a_message_is_searched_opened_and_mended(person: Person, feed: InboundMessage) -> None:
    person.sign_in()
    person.open("/messages/")
    assert "Needs a hand" in person.text()
    assert "PID-7 is not a date or time" in person.text()
    person.find("#find").send_keys("A1")
    person.until(lambda: len(person.all("tr[data-href]")) == 1)
    person.open(f"/messages/in/{feed.pk}/")
    assert "1970-13-45" in person.find("tr.bad").text
    person.click("a[href$='/edit/']")
    text = person.find("textarea.message")
    person.browser.execute_script(
        "arguments[0].value = arguments[0].value.replace('1970-13-45', '19700102')", text
    )
    person.find("input[name=reason]").send_keys("typing error")
    person.click("form .btn.primary")
    person.until(lambda: "Applied; what it did is listed below." in person.text())
    assert "1970-01-02" in person.find("#effects").text
    assert "PatientBirthDate" in person.find("#effects").text
    assert person.complaints() == []


def test_a_text_inside_messages_is_found(person: Person, feed: InboundMessage) -> None:
    person.sign_in()
    person.open("/messages/")
    person.find("input[name=text]").send_keys("roe^jane")
    person.click("form.narrow .btn")
    person.until(lambda: "1 message holds" in person.text())
    assert len(person.all("tr[data-href]")) == 1


def test_the_exam_says_where_each_field_came_from(person: Person, feed: InboundMessage) -> None:
    person.sign_in()
    person.open(f"/exams/{Exam.objects.get().pk}/")
    person.click("#origins > summary")
    person.until(lambda: "Patient name" in person.find("#origins").text)
    row = next(r for r in person.all("#origins tr") if r.text.startswith("Patient name"))
    assert "ROE^JANE" in row.text
    assert "set by ADT^A08 from HIS" in row.text
    person.click("#origins a[href^='/messages/in/']")
    person.until(lambda: "What became of it" in person.text())
    assert person.complaints() == []


def test_a_dry_run_fits_a_phone(person: Person, feed: InboundMessage) -> None:
    person.sign_in()
    person.screen(width=390)
    for path in (
        "/messages/",
        f"/messages/in/{feed.pk}/",
        f"/messages/in/{feed.pk}/edit/",
        "/messages/replays/?kind=error&rehearse=1",
    ):
        person.open(path)
        wide = "return document.documentElement.scrollWidth > window.innerWidth"
        assert not person.browser.execute_script(wide), path
    assert "Nothing was kept of this" in person.text()
