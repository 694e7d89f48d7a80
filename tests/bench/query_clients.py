"""Clients that cost little: what is measured is the server. They ask a few times, one by one."""

from __future__ import annotations

import http.client
import json
import struct
import threading
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from archive.dicom.encoding import encode
from tests.bench.query_servers import QueryServer
from tests.bench.studies import CT, OBJECT_ROOT, data_set
from tests.support.peers.raw_dicom import (
    ACCEPT,
    DATA,
    RELEASE_RQ_PDU,
    RawPeer,
    associate_rq,
    data_pdu,
    find_command,
    status_of,
    store_command,
)

STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
ASKED = ("StudyInstanceUID", "PatientID", "PatientName", "StudyDate", "AccessionNumber")
MAX_PDU = 131_072


def by_web(server: QueryServer, keys: Mapping[str, str], *, found: int, times: int) -> float:
    """Ask over one connection; returns the seconds from the first question to the last answer."""
    # Orthanc's plugin does not decode "^"
    connection = http.client.HTTPConnection("127.0.0.1", server.http_port, timeout=60)
    path = f"/dicom-web/studies?{urlencode({**keys, 'limit': '100'}, safe='*^')}"
    headers = {"Accept": "application/dicom+json", **server.headers}
    connection.connect()
    started = time.perf_counter()
    for _ in range(times):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (server.name, answer.status)
    taken = time.perf_counter() - started
    connection.close()
    assert len(json.loads(content)) == found, (server.name, keys)
    return taken


def by_dicom(server: QueryServer, keys: Mapping[str, str], *, found: int, times: int) -> float:
    """Ask in one association; returns the seconds from the first question to the last answer."""
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    for keyword in ASKED:
        setattr(query, keyword, keys.get(keyword, ""))
    identifier = encode(query, transfer_syntax=ImplicitVRLittleEndian)
    asked = [
        data_pdu(1, find_command(number + 1)) + data_pdu(1, identifier, control=2)
        for number in range(times)
    ]
    with _associated(server, STUDY_ROOT_FIND) as peer:
        started = time.perf_counter()
        for question in asked:
            peer.send(question)
            assert _pending(peer) == found, (server.name, keys)
        taken = time.perf_counter() - started
        peer.ask(RELEASE_RQ_PDU)
    return taken


def store_studies(server: QueryServer, count: int, *, associations: int) -> None:
    """Store a tiny object of each study, on so many associations at a time."""
    failures: list[BaseException] = []

    def store(first: int) -> None:
        try:
            with _associated(server, CT) as peer:
                for number in range(first, count, associations):
                    uid = f"{OBJECT_ROOT}.{number}"
                    command = data_pdu(1, store_command(CT, uid, number % 65_535 + 1))
                    _, answer = peer.ask(command + data_pdu(1, data_set(number, count), control=2))
                    assert status_of(answer) == 0, number
                peer.ask(RELEASE_RQ_PDU)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=store, args=(n,)) for n in range(associations)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, failures


def _associated(server: QueryServer, abstract_syntax: str) -> RawPeer:
    peer = RawPeer(server.dicom_port, seconds=60)
    contexts = ((1, abstract_syntax, (ImplicitVRLittleEndian,)),)
    request = associate_rq(
        calling="CT1", called=server.ae_title, contexts=contexts, max_length=MAX_PDU
    )
    assert peer.ask(request)[0] == ACCEPT, server.name
    return peer


def _pending(peer: RawPeer) -> int:
    """Read responses to the last one, a success; returns how many came before it."""
    pending = 0
    while True:
        kind, body = peer.read()
        assert kind == DATA
        position = 0
        while position < len(body):
            length, _, control = struct.unpack_from(">IBB", body, position)
            if control & 1:
                status = status_of(body[position : position + 4 + length])
                if status == 0:
                    return pending
                assert status in {0xFF00, 0xFF01}, hex(status)
                pending += 1
            position += 4 + length
