"""The client waits for the answer to its own message, and says which way it failed."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from integrations.hl7.mllp.client import MllpClient, NoAnswerInTime, PeerUnreachable
from integrations.hl7.mllp.tls import TlsNotReady, client_context
from tests.support.certificates import Certificates
from tests.support.messages import adt, msh
from tests.support.peers.hospital import receiving
from tests.support.ports import free_ports


def test_the_answer_that_is_asked_for_comes_back() -> None:
    with receiving() as system, MllpClient(host="127.0.0.1", port=system.port) as client:
        for number in ("M1", "M2"):
            message = adt(header=msh("ADT^A01", number=number)).encode()
            mark = f"MSA|AA|{number}".encode()
            assert mark in client.ask(message, answers=lambda frame: mark in frame)  # noqa: B023


def test_nobody_home_is_told_from_silence() -> None:
    (port,) = free_ports(1)
    with pytest.raises(PeerUnreachable):
        MllpClient(host="127.0.0.1", port=port)
    with (
        receiving(lambda _id: ("", "")) as system,
        MllpClient(host="127.0.0.1", port=system.port, answer_seconds=0.2) as client,
        pytest.raises(NoAnswerInTime),
    ):
        client.ask(adt().encode(), answers=lambda _frame: True)


def test_a_connection_inside_tls_is_mutual_and_checked(tmp_path: Path) -> None:
    files = Certificates.made_in(tmp_path)
    ours = client_context(
        certificate=files.file("peer.pem"),
        key=files.file("peer.key"),
        authorities=files.file("ca.pem"),
    )
    assert ours.minimum_version >= ssl.TLSVersion.TLSv1_2
    with receiving(tls=files.of_the_hub()) as system:
        with MllpClient(host="127.0.0.1", port=system.port, tls=ours) as client:
            answer = client.ask(adt().encode(), answers=lambda frame: b"MSA|AA" in frame)
            assert answer
            assert client.heard() == ([], True)
        nobody = client_context(certificate="", key="", authorities=files.file("ca.pem"))
        with pytest.raises((NoAnswerInTime, PeerUnreachable)):
            _ask(system.port, nobody)
    strangers = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    strangers.load_cert_chain(files.file("stranger.pem"), files.file("stranger.key"))
    with receiving(tls=strangers) as stranger, pytest.raises(PeerUnreachable, match="TLS"):
        MllpClient(host="127.0.0.1", port=stranger.port, tls=ours)
    with receiving() as plain, pytest.raises(PeerUnreachable):
        MllpClient(host="127.0.0.1", port=plain.port, tls=ours, connect_seconds=0.5)


def _ask(port: int, tls: ssl.SSLContext) -> None:
    with MllpClient(host="127.0.0.1", port=port, tls=tls) as client:
        client.ask(adt().encode(), answers=lambda _frame: True)


def test_a_certificate_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(TlsNotReady, match="our certificate cannot be used"):
        client_context(certificate=str(tmp_path / "no.pem"), key="", authorities="")


def test_one_who_talks_without_end_is_left() -> None:
    over = threading.Event()

    def talk(to: socket.socket) -> None:
        with to, contextlib.suppress(OSError):
            while not over.is_set():
                to.sendall(b"\x0bMSH|^~\\&|\x1c\r" * 4096)

    with socket.create_server(("127.0.0.1", 0)) as server:
        client = MllpClient(host="127.0.0.1", port=server.getsockname()[1])
        thread = threading.Thread(target=talk, args=(server.accept()[0],))
        thread.start()
        try:
            until = time.monotonic() + 10
            while client.heard()[1]:
                assert time.monotonic() < until, "still listening"
        finally:
            over.set()
            client.close()
            thread.join(timeout=5)
