"""Responses in many pieces, C-CANCEL between them, and bugs of ours that end nobody's day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind, Verification

from archive.upper_layer.command import us
from archive.upper_layer.limits import Limits
from tests.support.peers.modality import undisturbed
from tests.support.peers.raw_dicom import (
    RELEASE_RP,
    RELEASE_RQ_PDU,
    RawPeer,
    associate_rq,
    cancel_command,
    data_pdu,
    echo_command,
    find_command,
)
from tests.support.upper_layer import EXPLICIT, STUDY_ROOT_FIND, acceptor

CONTEXTS = ((1, STUDY_ROOT_FIND, (EXPLICIT,)), (3, "1.2.840.10008.1.1", (EXPLICIT,)))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with acceptor(Limits(artim_seconds=2, stall_seconds=5)) as port:
        yield port


def test_a_query_is_cancelled_between_two_rows(port: int) -> None:
    ae = AE(ae_title="RAW")
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelFind, ImplicitVRLittleEndian)
    association = ae.associate("127.0.0.1", port, ae_title="PACSHUB")
    query = Dataset()
    query.QueryRetrieveLevel, query.PatientName = "STUDY", "Doe^Jane"
    statuses = []
    model = StudyRootQueryRetrieveInformationModelFind
    with undisturbed(association):
        for status, _ in association.send_c_find(query, model, msg_id=7):
            statuses.append(int(status.Status))
            if len(statuses) == 3:
                association.send_c_cancel(7, None, model)
    association.release()
    assert statuses[-1] == 0xFE00
    assert len(statuses) < 10_000


def test_responses_are_cut_to_what_the_peer_takes(port: int) -> None:
    with RawPeer(port) as peer:
        peer.ask(associate_rq(contexts=CONTEXTS, max_length=64))
        peer.send(data_pdu(1, find_command(5)))
        peer.send(data_pdu(1, bytes(100), control=2))
        answer = b""
        while len(answer) < 100:
            kind, body = peer.read()
            assert kind == 4
            assert len(body) <= 64
            if not body[5] & 1:
                answer += body[6:]
        assert answer == bytes(100)


def test_a_request_sent_while_another_is_answered_waits_its_turn(port: int) -> None:
    with RawPeer(port) as peer:
        peer.ask(associate_rq(contexts=CONTEXTS))
        peer.send(data_pdu(1, find_command(5)) + data_pdu(1, b"rows", control=2))
        peer.send(data_pdu(3, echo_command(6)) + data_pdu(1, cancel_command(5)))
        while us(0xFE00) not in peer.read()[1]:
            pass
        assert us(6) in peer.read()[1]
        assert peer.ask(RELEASE_RQ_PDU)[0] == RELEASE_RP


def test_a_cancel_of_nothing_is_not_answered(port: int) -> None:
    with RawPeer(port) as peer:
        peer.ask(associate_rq(contexts=CONTEXTS))
        peer.send(data_pdu(1, cancel_command(5)))
        assert us(6) in peer.ask(data_pdu(3, echo_command(6)))[1]


def test_a_bug_of_ours_is_a_failure_status_and_the_association_goes_on(port: int) -> None:
    ae = AE(ae_title="RAW")
    ae.add_requested_context(Verification)
    association = ae.associate("127.0.0.1", port, ae_title="PACSHUB")
    with undisturbed(association):
        failed = association.send_c_echo(msg_id=666)
        assert (failed.Status, failed.ErrorComment) == (0x0110, "RuntimeError")
        assert association.send_c_echo().Status == 0
    association.release()


def test_an_identifier_beyond_any_measure_is_refused_without_being_kept(port: int) -> None:
    piece = data_pdu(1, bytes(1_000_000), control=0)
    with RawPeer(port) as peer:
        peer.ask(associate_rq(contexts=CONTEXTS))
        peer.send(data_pdu(1, find_command(5)))
        for _ in range(18):
            peer.send(piece)
        _, body = peer.ask(data_pdu(1, b"end!", control=2))
        assert us(0x0110) in body
        assert b"Malformed" in body
