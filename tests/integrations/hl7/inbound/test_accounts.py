"""What BAR, and ADT beside the visit, say of accounts and who pays, through the inbox."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox import services
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import joined, msh, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from worklist.models import Account, Coverage, Diagnosis, Guarantor, Visit

pytestmark = pytest.mark.django_db
IN1 = "IN1|1|PPO|C1|AOK"


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()


def send(event: str, *segments: str, kind: str = "BAR", hour: int = 9, **person: str) -> Ack:
    at = f"20261124{hour:02}0000+0000"
    text = joined(msh(f"{kind}^{event}", at=at), f"EVN|{event}|{at}", pid(**person), *segments)
    receipt = services.receive(raw=text.encode(), address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def account() -> Account:
    return Account.objects.get()


def test_an_account_from_its_beginning_to_its_end() -> None:
    assert send("P01", "GT1|1||DOE^JOHN", IN1, "DG1|1||C34.9").code == "AA"
    assert (account().number, account().status) == ("ACC1", "open")
    assert Guarantor.objects.get().name == "DOE^JOHN"
    assert Diagnosis.objects.get().code == "C34.9"
    send("P05", "IN1|1|PPO|C1|TK", "IN1|2|HMO", hour=10)
    assert list(Coverage.objects.order_by("pk").values_list("company_name", flat=True)) == [
        "TK",
        "",
    ]
    assert Diagnosis.objects.count() == 1
    assert send("P06", hour=11).code == "AA"
    assert account().status == "ended"
    assert send("P06", hour=11).code == "AA"


def test_a_purge_ends_what_is_known_and_deletes_nothing() -> None:
    assert send("P02").condition in ("", "0")
    assert not Account.objects.exists()
    send("P01", IN1)
    send("P02", hour=10)
    assert account().status == "ended"
    assert Coverage.objects.exists()


def test_the_account_of_another_patient_is_for_a_person() -> None:
    send("P01")
    reply = send("P05", hour=10, identifier="P2^^^GH^MR", name="ROE^RICHARD")
    assert (reply.code, reply.condition) == ("AE", "205")


def test_without_an_account_and_a_visit_nothing_can_be_billed() -> None:
    reply = send("P01", account="")
    assert (reply.code, reply.condition) == ("AE", "101")


def test_an_admission_may_tell_who_pays() -> None:
    visit = "PV1|1|I|WARD1" + "|" * 16 + "V7"
    assert send("A01", visit, IN1, kind="ADT").code == "AA"
    assert Visit.objects.get().account == account()
    assert Coverage.objects.get().company_name == "AOK"


def test_an_admission_stands_where_its_account_is_another_patients() -> None:
    send("P01")
    visit = "PV1|1|I|WARD1" + "|" * 16 + "V7"
    reply = send("A01", visit, IN1, kind="ADT", identifier="P2^^^GH^MR", name="ROE^RICHARD")
    assert reply.code == "AA"
    assert Visit.objects.get().account is None
    assert not Coverage.objects.exists()
