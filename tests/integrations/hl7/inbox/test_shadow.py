"""A link in shadow mode: every message is tried, told of, and taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.models import Patient
from integrations.hl7.inbox import mapping
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.access.models import Hl7Peer
from pacs_hub.audit.models import FieldChange
from pacs_hub.outbox.models import OutboxMessage
from tests.support.browsing import browser, text_of
from tests.support.messages import adt, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site, listening
from tests.support.peers.hospital import HospitalSystem
from worklist.models import AccessionSequence, Exam

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def his() -> Iterator[HospitalSystem]:
    """A real sender, and beside it a mirror of a new one in shadow mode."""
    a_site()
    a_sender()
    a_sender(name="NEW", application="NEW", options={"shadow": True})
    with listening() as port, HospitalSystem(port) as system:
        yield system


def mirrored(kind: str, number: str = "N1") -> str:
    return msh(kind, number=number, application="NEW")


def last() -> InboundMessage:
    return InboundMessage.objects.latest("pk")


def test_a_new_patient_and_order_are_told_of_and_not_kept(his: HospitalSystem) -> None:
    assert his.send(orm_o01("NW", header=mirrored("ORM^O01"))).code == "AA"
    row = last()
    assert (row.processing_state, row.peer) == ("shadowed", "NEW")
    would = {effect["what"] for effect in row.effects if effect.get("would")}
    assert {"patient", "order", "exam"} <= would
    for table in (Patient, Exam, AccessionSequence, FieldChange, OutboxMessage):
        assert not table._default_manager.exists(), table


def test_what_would_change_is_shown_from_what_to_what(his: HospitalSystem) -> None:
    his.send(adt("A01"))
    renamed = pid(name="ROE^JANE^^^^^L")
    assert his.send(adt("A08", header=mirrored("ADT^A08"), person=renamed)).code == "AA"
    assert Patient.objects.get().name == "DOE^JANE"
    page = text_of(browser("admin").get(f"/messages/in/{last().pk}/"))
    assert "What it would have done" in page
    assert "DOE^JANE" in page
    assert "ROE^JANE" in page


def test_a_mirror_hears_aa_and_the_page_says_what_it_would_have_heard(
    his: HospitalSystem,
) -> None:
    lost = adt("A08", header=mirrored("ADT^A08"), person="PID|1||||DOE^JANE")
    assert his.send(lost).code == "AA"
    (effect,) = last().effects
    assert effect["text"].startswith("would be answered AE 101")


def test_the_real_feed_goes_on_beside_it(his: HospitalSystem) -> None:
    his.send(adt("A01", header=mirrored("ADT^A01")))
    assert his.send(adt("A01")).code == "AA"
    assert Patient.objects.count() == 1


def test_once_out_of_shadow_mode_its_messages_can_be_applied(his: HospitalSystem) -> None:
    his.send(adt("A01", header=mirrored("ADT^A01")))
    Hl7Peer.objects.filter(name="NEW").update(options={})
    page = browser("admin").post(f"/messages/in/{last().pk}/replay/", follow=True)
    assert page.status_code == 200
    assert Patient.objects.count() == 1
    assert last().processing_state == "processed"


def test_a_mirror_hears_aa_of_what_nobody_takes_and_of_what_crashes_us(
    his: HospitalSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert his.send(adt("A08", header=mirrored("ADT^Z99"))).code == "AA"
    assert "would be answered AR" in last().effects[0]["text"]

    def crash(*_: object) -> None:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(mapping, "handled", crash)
    assert his.send(adt("A08", header=mirrored("ADT^A08", "N2"))).code == "AA"
    assert (last().processing_state, last().error_code) == ("shadowed", "")
