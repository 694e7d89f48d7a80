"""The HL7 door over real sockets: what is applied, what is refused, what is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archive.models import Patient
from integrations.hl7.inbox.models import InboundMessage
from integrations.hl7.mllp.server import Limits
from pacs_hub.access.models import RefusedCaller
from tests.support.builders import a_procedure, a_station
from tests.support.messages import adt, joined, msh, orm_o01, oru_r01, pid
from tests.support.mllp_door import a_sender, a_site, listening
from tests.support.peers.hospital import Ack, HospitalSystem
from tests.support.waiting import wait_until
from worklist.models import Exam

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def his() -> Iterator[HospitalSystem]:
    """A configured sender, connected to the listener."""
    a_site()
    a_sender()
    with listening() as port, HospitalSystem(port) as system:
        yield system


def last() -> InboundMessage:
    return InboundMessage.objects.latest("pk")


def test_an_admission_registers_the_patient_and_is_acknowledged(his: HospitalSystem) -> None:
    ack = his.send(adt("A01", header=msh("ADT^A01^ADT_A01", number="M1")))
    assert (ack.code, ack.answers) == ("AA", "M1")
    assert Patient.objects.get().name == "DOE^JANE"
    row = last()
    assert (row.processing_state, row.ack_code, row.peer) == ("processed", "AA", "HIS")
    assert row.effects[0]["what"] == "patient"


def test_order_report_and_cancel_go_through_one_connection(his: HospitalSystem) -> None:
    a_procedure()
    a_station()
    assert his.send(adt("A04")).code == "AA"
    assert his.send(orm_o01("NW", study="1.2.3.4")).code == "AA"
    exam = Exam.objects.get()
    assert exam.study_instance_uid == "1.2.3.4"
    assert exam.accession_number in last().effects[1]["text"]
    assert his.send(oru_r01(accession=exam.accession_number)).code == "AA"
    exam.refresh_from_db()
    assert exam.report_status == "final"
    assert his.send(orm_o01("NW", placer="P200^HIS")).code == "AA"
    assert his.send(orm_o01("CA", placer="P200^HIS")).code == "AA"
    assert Exam.objects.get(placer_order_number="P200").status == "cancelled"


def test_pipelined_messages_are_answered_in_order(his: HospitalSystem) -> None:
    numbers = [f"N{n}" for n in range(20)]
    for number in numbers:
        his.write(adt("A08", header=msh("ADT^A08^ADT_A01", number=number)))
    assert [Ack(his.read()).answers for _ in numbers] == numbers


def test_the_acknowledgement_that_left_is_written_down(his: HospitalSystem) -> None:
    his.send(adt())
    wait_until(lambda: last().ack_outcome == "sent", seconds=5, what="the delivery is noted")


def test_a_frame_that_is_not_hl7_is_refused_and_kept(his: HospitalSystem) -> None:
    ack = his.send(b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
    assert (ack.code, ack.condition) == ("AR", "100")
    assert bytes(last().raw).startswith(b"GET /")
    assert last().processing_state == "refused"
    assert his.send(adt()).code == "AA"


def test_bytes_between_frames_are_dropped_and_disturb_nothing(his: HospitalSystem) -> None:
    his.socket.sendall(b"\r\n\r\nnoise")
    assert his.send(adt()).code == "AA"


def test_a_message_without_control_id_is_refused(his: HospitalSystem) -> None:
    ack = his.send(adt(header=msh("ADT^A01^ADT_A01", number="")))
    assert (ack.code, ack.condition, ack.place) == ("AR", "101", "MSH^1^10")
    assert last().error_code == "no-control-id"
    assert not Patient.objects.exists()


def test_an_unknown_sender_is_refused_recorded_and_nothing_is_applied(
    his: HospitalSystem,
) -> None:
    ack = his.send(adt(header=msh("ADT^A01^ADT_A01", application="EVIL")))
    assert (ack.code, ack.condition, ack.place) == ("AR", "103", "MSH^1^3")
    card = RefusedCaller.objects.get()
    assert (card.door, card.caller, card.asked_for) == ("hl7", "EVIL|GH", "ADT^A01")
    assert not Patient.objects.exists()
    assert last().processing_state == "refused"


def test_a_known_sender_may_not_call_from_elsewhere() -> None:
    a_sender(address=["10.9.9.9"])
    with listening() as port, HospitalSystem(port) as system:
        assert system.send(adt()).condition == "103"
    assert RefusedCaller.objects.get().address == "127.0.0.1"


@pytest.mark.parametrize(
    ("kind", "condition"), [("XYZ^Z01", "200"), ("ADT^A99", "201"), ("SIU^S23", "201")]
)
def test_what_the_hub_does_not_take_is_refused(
    his: HospitalSystem, kind: str, condition: str
) -> None:
    ack = his.send(joined(msh(kind), "EVN||20261124", pid()))
    assert (ack.code, ack.condition) == ("AR", condition)


def test_a_byte_outside_the_declared_character_set_is_an_error_and_kept(
    his: HospitalSystem,
) -> None:
    header = msh("ADT^A01^ADT_A01", rest="||||||UNICODE UTF-8")
    message = adt(header=header, person=pid(name="MÜLLER^EVA")).encode("latin-1")
    ack = his.send(message)
    assert (ack.code, ack.condition, ack.place) == ("AE", "102", "MSH^1^18")
    assert bytes(last().raw) == message


def test_a_study_uid_with_path_characters_is_refused(his: HospitalSystem) -> None:
    a_procedure()
    ack = his.send(orm_o01(study="../../etc/passwd"))
    assert (ack.code, ack.condition, ack.place) == ("AE", "102", "ZDS^1^1^1^1")
    assert not Exam.objects.exists()
    assert not Patient.objects.exists(), "a refused message leaves nothing behind"


def test_a_report_for_an_unknown_exam_waits_for_it(his: HospitalSystem) -> None:
    ack = his.send(oru_r01(placer="NOBODY"))
    assert (ack.code, ack.condition) == ("AA", "207")
    assert last().processing_state == "parked"


def test_cancelling_an_unknown_order_is_accepted(his: HospitalSystem) -> None:
    his.send(adt())
    ack = his.send(orm_o01("CA", placer="NOBODY^HIS"))
    assert ack.code == "AA"
    assert [effect["what"] for effect in last().effects] == ["patient", "warning"]


def test_a_frame_that_is_too_long_is_refused_and_its_head_kept() -> None:
    a_sender()
    with (
        listening(limits=Limits(max_frame_bytes=100_000)) as port,
        HospitalSystem(port) as system,
    ):
        long = adt().encode() + b"ZZZ|" + b"x" * 200_000 + b"\r"
        assert system.send(long).code == "AR"
        assert last().truncated
        assert len(bytes(last().raw)) == 65_536
        assert system.send(adt()).code == "AA"


def test_a_silent_caller_is_hung_up_on() -> None:
    with (
        listening(limits=Limits(idle_seconds=0.2)) as port,
        HospitalSystem(port) as system,
        pytest.raises(ConnectionError),
    ):
        system.read()
    assert not InboundMessage.objects.exists()


def test_older_versions_get_their_own_kind_of_error_segment(his: HospitalSystem) -> None:
    header = msh("ADT^A01", version="2.3.1")
    ack = his.send(adt(header=header, person="PID|||^^^GH||DOE^JANE"))
    assert (ack.code, ack.condition, ack.place) == ("AE", "101", "PID^1^3")
    assert ack.field("ERR", 1) == "PID^1^3^101&Required field missing"
    assert ack.field("MSH", 9) == "ACK"
