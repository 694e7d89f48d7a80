"""What a link hears that wants order responses: ORR, ORG and ORI; and the cases for a person."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox import services
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_procedure, a_station
from tests.support.messages import joined, msh, orm_o01, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from worklist.models import Exam, Order, ScheduledProcedureStep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_procedure()
    a_station()


def send(message: str) -> Ack:
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def orc(ack: Ack) -> tuple[str, str, str]:
    return ack.field("ORC", 1), ack.field("ORC", 3), ack.field("ORC", 5)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("ORM^O01^ORM_O01", "ORR^O02^ORR_O02"),
        ("OMG^O19^OMG_O19", "ORG^O20^ORG_O20"),
    ],
)
def test_each_message_has_its_response(kind: str, answer: str) -> None:
    a_sender(options={"response_style": "order"})
    ack = send(orm_o01("SN", header=msh(kind)))
    assert (ack.code, ack.field("MSH", 9)) == ("AA", answer)
    assert orc(ack) == ("NA", f"{Order.objects.get().filler_order_number}^GH", "SC")


@pytest.mark.parametrize(
    ("control", "answer"),
    [
        ("CA", ("CR", "CA")),
        ("DC", ("DR", "DC")),
        ("HD", ("HR", "HD")),
        ("XO", ("XR", "SC")),
        ("SC", ("OK", "SC")),
    ],
)
def test_a_request_is_answered_with_what_was_done(control: str, answer: tuple[str, str]) -> None:
    a_sender(options={"response_style": "order"})
    send(orm_o01("NW", at="20261124080000+0000"))
    control_of, _, status = orc(send(orm_o01(control)))
    assert (control_of, status) == answer


@pytest.mark.parametrize(("control", "answer"), [("CA", "UC"), ("RP", "UM")])
def test_what_cannot_be_done_any_more_is_refused(control: str, answer: str) -> None:
    a_sender(options={"response_style": "order"})
    send(orm_o01("NW", at="20261124080000+0000"))
    send(orm_o01("SC", status="IP", at="20261124081000+0000"))
    ack = send(orm_o01(control))
    assert (ack.code, ack.condition, orc(ack)[0], orc(ack)[2]) == ("AE", "206", answer, "IP")
    assert Exam.objects.get().status == "in_progress"


@pytest.mark.parametrize("control", ["SS", "SR"])
def test_who_asks_how_far_an_order_is_hears_it_on_any_link(control: str) -> None:
    a_sender()
    assert orc(send(orm_o01(control)))[::2] == ("SR", "ER")
    send(orm_o01("NW"))
    assert orc(send(orm_o01(control)))[::2] == ("SR", "SC")
    assert InboundMessage.objects.filter(processing_state="processed").count() == 3


def test_a_link_that_wants_an_ack_gets_one() -> None:
    a_sender()
    assert send(orm_o01("NW")).field("MSH", 9) == "ACK^O01^ACK"


def held(ack: Ack, condition: str) -> bool:
    return (
        ack.condition == condition
        and ack.code == ("AA" if condition == "207" else "AE")
        and InboundMessage.objects.latest("pk").processing_state == "held"
    )


def test_an_order_of_another_patient_is_held() -> None:
    a_sender()
    send(orm_o01("NW", at="20261124080000+0000"))
    assert held(send(orm_o01("XO", person=pid(identifier="P2^^^GH"))), "205")
    assert held(send(orm_o01("CA", person=pid(identifier="P3^^^GH"))), "205")


def test_an_accession_number_of_another_order_is_held_and_of_another_issuer_is_not() -> None:
    a_sender()
    send(orm_o01("NW", accession="A1"))
    assert held(send(orm_o01("NW", placer="P2^HIS", accession="A1", study="1.2.9")), "207")
    ipc = "IPC|A1^OTHER|RP9|1.2.9|S9|CT"
    ack = send(orm_o01("NW", placer="P2^HIS") + ipc + "\r")
    assert ack.code == "AA"
    assert Order.objects.count() == 2


def test_a_study_uid_of_another_patient_is_held() -> None:
    a_sender()
    send(orm_o01("NW", study="1.2.3"))
    other = pid(identifier="P2^^^GH", name="ROE^RICHARD")
    assert held(send(orm_o01("NW", placer="P2^HIS", person=other, study="1.2.3")), "205")


def test_another_study_uid_is_taken_until_the_exam_has_begun() -> None:
    a_sender()
    send(orm_o01("NW", study="1.2.3", at="20261124080000+0000"))
    assert send(orm_o01("XO", study="1.2.4", at="20261124081000+0000")).code == "AA"
    assert Exam.objects.get().study_instance_uid == "1.2.4"
    send(orm_o01("SC", status="IP", at="20261124082000+0000"))
    assert held(send(orm_o01("XO", study="1.2.5")), "205")


def test_a_full_snapshot_cancels_the_steps_it_leaves_out() -> None:
    def order(control: str, at: str, *steps: str) -> str:
        ipcs = [f"IPC|A1|RP1|1.2.3|{step}|CT|CTHEAD^CT head^L" for step in steps]
        obr = "OBR|1|P1^HIS||CTHEAD^CT head^L"
        orc_of = f"ORC|{control}|P1^HIS|||||||{at}"
        return joined(msh("OMI^O23^OMI_O23"), pid(), orc_of, "TQ1|1", obr, *ipcs)

    a_sender(options={"snapshot": "full"})
    assert send(order("NW", "20261124080000+0000", "S1", "S2")).code == "AA"
    send(order("XO", "20261124090000+0000", "S2"))
    statuses = ScheduledProcedureStep.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["cancelled", "scheduled"]


def test_an_omi_without_its_identifiers_is_refused_with_the_place() -> None:
    a_sender()
    obr = "OBR|1|P1^HIS||CTHEAD^CT head^L"
    ack = send(joined(msh("OMI^O23^OMI_O23"), pid(), "ORC|NW|P1^HIS", obr))
    assert (ack.code, ack.condition) == ("AE", "100")
    ack = send(joined(msh("OMI^O23^OMI_O23"), pid(), "ORC|NW|P1^HIS", obr, "IPC|A1||1.2|S1|CT"))
    assert (ack.code, ack.condition, ack.place) == ("AE", "101", "IPC^1^2")


def test_late_news_fill_gaps_and_overwrite_nothing() -> None:
    a_sender()
    send(orm_o01("XO", at="20261124100000+0000", start="20261124150000+0000", modality=""))
    late = orm_o01("NW", at="20261124080000+0000", accession="LATE1", start="20261124110000+0000")
    ack = send(late.replace("^^R|", "^^S|") + "NTE|1||Needs an interpreter\r")
    assert (ack.code, ack.condition) == ("AA", "0")
    step = ScheduledProcedureStep.objects.get()
    assert (f"{step.start:%H}", Order.objects.get().priority) == ("15", "ROUTINE")
    assert step.requested_procedure.comments == "Needs an interpreter"


def test_a_code_outside_the_catalogue_is_taken_with_a_warning() -> None:
    a_sender()
    ack = send(orm_o01("NW", code="WHAT^What is it^L"))
    assert (ack.code, ack.condition, ack.place) == ("AA", "103", "OBR^1^4")
    assert Exam.objects.get().procedure_code == "WHAT"


def test_observations_sent_as_an_order_message_are_a_report() -> None:
    a_sender()
    send(orm_o01("NW", at="20261124080000+0000"))
    obr = {1: "1", 2: "P100^HIS", 4: "CTHEAD^CT head^L", 22: "20261124120000+0000", 25: "F"}
    line = "|".join(["OBR", *(obr.get(n, "") for n in range(1, 26))])
    obx = "OBX|1|TX|19005-8^Impression^LN||Normal.||||||F"
    ack = send(joined(msh("ORM^O01"), pid(), "ORC|RE|P100^HIS", line, obx))
    assert (ack.code, Exam.objects.get().report_status) == ("AA", "final")
