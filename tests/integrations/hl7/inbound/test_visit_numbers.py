"""Other numbers and other owners of visits and accounts, through the inbox."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox import services
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.messages import joined, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from worklist.models import Account, Exam, Order, Visit
from worklist.visits.queries import visit_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()
    a_procedure()
    a_station()


def pv1(number: str, alternate: str = "") -> str:
    fields = {2: "I", 3: "WARD1", 19: number, 50: alternate}
    return "PV1|" + "|".join(fields.get(n, "") for n in range(1, 51))


def send(text: str) -> Ack:
    receipt = services.receive(raw=text.encode(), address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def adt(event: str, *segments: str, person: str = "") -> Ack:
    evn = f"EVN|{event}|20261124100000+0000"
    return send(joined(msh(f"ADT^{event}"), evn, person or pid(), *segments))


def admitted() -> None:
    adt("A01", pv1("V77"))
    send(orm_o01("NW", accession="X1"))


def test_a_visit_has_another_number_and_its_orders_follow() -> None:
    admitted()
    for _ in range(2):
        assert adt("A50", "MRG|P1||||V77", pv1("V88")).code == "AA"
    assert Visit.objects.get().number == "V88"
    assert Order.objects.get().visit_number == "V88"
    adt("A03", pv1("V77"))
    assert Visit.objects.get().status == "finished"


def test_a_visit_nobody_knew_has_two_names() -> None:
    reply = adt("A50", "MRG|P1||||V77", pv1("V88"))
    assert reply.code == "AA"
    assert visit_of(number="V77", authority="") == visit_of(number="V88", authority="")


def test_an_account_has_another_number() -> None:
    admitted()
    for _ in range(2):
        assert adt("A49", "MRG|P1||ACC1", person=pid(account="ACC2")).code == "AA"
    assert Account.objects.get().number == "ACC2"
    assert Order.objects.get().account_number == "ACC2"


def test_an_account_nobody_knew_has_two_names() -> None:
    assert adt("A49", "MRG|P1||ACC8", person=pid(account="ACC9")).code == "AA"
    adt("A01", pv1("V1"), person=pid(account="ACC8"))
    assert Account.objects.get().number == "ACC9"


def test_an_alternate_number_is_kept() -> None:
    admitted()
    assert adt("A51", "MRG|P1|||||OLD", pv1("V77", "ALT")).code == "AA"
    assert Visit.objects.get().alternate_number == "ALT"
    assert adt("A51", "MRG|P1|||||OLD", pv1("V1", "ALT2")).code == "AA"


def test_an_account_moves_with_its_visits_and_orders() -> None:
    admitted()
    other = pid(identifier="P2^^^GH^MR", name="ROE^RICHARD")
    assert adt("A44", "MRG|P1||ACC1", person=other).condition == "204"
    adt("A28", person=other)
    for _ in range(2):
        assert adt("A44", "MRG|P1||ACC1", person=other).code == "AA"
    owners = {Visit.objects.get().patient, Order.objects.get().patient, Exam.objects.get().patient}
    assert owners == {Account.objects.get().patient}
    assert Account.objects.get().patient.name == "ROE^RICHARD"


def test_visits_move_to_another_account() -> None:
    admitted()
    target = pid(account="ACC2")
    for _ in range(2):
        assert adt("A45", "MRG|P1||ACC1||V77", pv1("V77"), person=target).code == "AA"
    account = Visit.objects.get().account
    assert account is not None
    assert account.number == Order.objects.get().account_number == "ACC2"
    assert adt("A45", "MRG|P1||ACC1||V1", pv1("V1"), person=target).condition == "204"


def test_images_do_not_move_without_a_person() -> None:
    admitted()
    Exam.objects.update(number_of_instances=1)
    other = pid(identifier="P2^^^GH^MR", name="ROE^RICHARD", account="ACC2")
    adt("A28", person=other)
    reply = adt("A45", "MRG|P1||ACC1||V77", pv1("V77"), person=other)
    assert (reply.code, reply.condition) == ("AA", "207")
    assert Exam.objects.get().patient.name == "DOE^JANE"
