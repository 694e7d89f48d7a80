"""A batch over MLLP: each message is applied once and answered, whatever the others do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.models import Patient
from integrations.hl7.inbox.models import InboundMessage
from tests.support.messages import adt, msh, pid
from tests.support.mllp_door import a_sender, a_site, listening
from tests.support.peers.hospital import HospitalSystem

pytestmark = pytest.mark.django_db(transaction=True)

BHS = "BHS|^~\\&|HIS|GH|PACSHUB|GH|20260101||||B1\r"


@pytest.fixture
def his() -> Iterator[HospitalSystem]:
    """A configured sender, connected to the listener."""
    a_site()
    a_sender()
    with listening() as port, HospitalSystem(port) as system:
        yield system


def sent(his: HospitalSystem, content: str) -> list[str]:
    """Send a frame and return the lines of what comes back."""
    his.write(content)
    return his.read().decode().split("\r")


def codes(lines: list[str]) -> list[tuple[str, str]]:
    return [(line.split("|")[1], line.split("|")[2]) for line in lines if line.startswith("MSA")]


def a_patient_message(number: str, patient: str) -> str:
    return adt(
        "A08",
        person=pid(identifier=f"{patient}^^^GH^MR"),
        header=msh("ADT^A08^ADT_A01", number=number),
    )


def test_every_message_is_applied_and_answered_in_one_batch(his: HospitalSystem) -> None:
    whole = BHS + a_patient_message("M1", "P1") + a_patient_message("M2", "P2") + "BTS|2\r"
    lines = sent(his, whole)
    assert lines[0].startswith("BHS|^~\\&|PACSHUB|GH|HIS|GH|")
    assert lines[0].endswith("|B1")
    assert codes(lines) == [("AA", "M1"), ("AA", "M2")]
    assert lines[-2] == "BTS|2"
    assert Patient.objects.count() == 2


def test_a_message_that_fails_harms_no_other_of_its_batch(his: HospitalSystem) -> None:
    bad = msh("ADT^A08^ADT_A01", number="M1") + "\rEVN|A08|20260101\r"
    lines = sent(his, BHS + "not hl7\r" + bad + a_patient_message("M2", "P2"))
    assert [code for code, _ in codes(lines)] == ["AR", "AE", "AA"]
    assert Patient.objects.count() == 1


def test_a_batch_that_is_sent_again_is_answered_again_and_applied_once(
    his: HospitalSystem,
) -> None:
    whole = BHS + a_patient_message("M1", "P1") + "BTS|1\r"
    assert codes(sent(his, whole)) == codes(sent(his, whole)) == [("AA", "M1")]
    states = InboundMessage.objects.order_by("pk").values_list("processing_state", flat=True)
    assert list(states) == ["processed", "duplicate"]


def test_a_batch_without_a_message_is_answered_as_an_empty_one(his: HospitalSystem) -> None:
    assert sent(his, BHS + "BTS|0\r")[1:] == ["BTS|0", ""]
    assert InboundMessage.objects.count() == 0
