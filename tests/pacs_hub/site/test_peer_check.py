"""Asking peers whether they are there, over real sockets."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Iterator

import pytest
from pynetdicom import AE, evt
from pynetdicom.sop_class import Verification

from pacs_hub.access.models import DicomPeer, FhirPeer, Hl7Peer
from pacs_hub.site import peer_check


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.fixture
def scanner() -> Iterator[int]:
    entity = AE(ae_title="CT1")
    entity.add_supported_context(Verification)
    entity.require_called_aet = True
    entity.require_calling_aet = ["PACSHUB"]
    server = entity.start_server(
        ("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_ECHO, lambda event: 0x0000)]
    )
    assert server is not None
    yield server.socket.getsockname()[1]
    server.shutdown()


def test_a_scanner_that_answers_is_there(scanner: int) -> None:
    peer = DicomPeer(ae_title="CT1", host="127.0.0.1", port=scanner)
    answer = peer_check.ask_dicom(peer, own_ae_title="PACSHUB")
    assert answer.ok
    assert "answered a C-ECHO" in answer.message


def test_a_scanner_that_does_not_know_us_says_so(scanner: int) -> None:
    peer = DicomPeer(ae_title="CT1", host="127.0.0.1", port=scanner)
    answer = peer_check.ask_dicom(peer, own_ae_title="OTHER")
    assert not answer.ok
    assert "does not accept us as OTHER" in answer.message


def test_a_scanner_that_is_off_is_told_apart(free_port: int) -> None:
    peer = DicomPeer(ae_title="CT1", host="127.0.0.1", port=free_port)
    answer = peer_check.ask_dicom(peer, own_ae_title="PACSHUB")
    assert "nobody answers" in answer.message


def test_a_peer_that_only_calls_cannot_be_asked() -> None:
    assert "only calls us" in peer_check.ask_hl7(Hl7Peer(name="HIS")).message
    answer = peer_check.ask_dicom(DicomPeer(ae_title="CT1"), own_ae_title="PACSHUB")
    assert "only calls us" in answer.message


def test_a_receiver_that_does_not_listen_is_named(free_port: int) -> None:
    answer = peer_check.ask_hl7(Hl7Peer(name="BILLING", host="127.0.0.1", port=free_port))
    assert not answer.ok
    assert answer.message.startswith("BILLING: cannot connect to 127.0.0.1")


class Fhir(http.server.BaseHTTPRequestHandler):
    """A FHIR server with one page, and one that is not what it should be."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        good = self.path == "/fhir/metadata"
        self.wfile.write(b'{"resourceType": "CapabilityStatement"}' if good else b"hello")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


def test_a_fhir_server_is_known_by_its_capability_statement() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Fhir) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}"
        assert peer_check.ask_fhir(FhirPeer(name="EMR", base_url=f"{base}/fhir")).ok
        answer = peer_check.ask_fhir(FhirPeer(name="EMR", base_url=f"{base}/other"))
        assert "is no capability statement" in answer.message
        server.shutdown()
