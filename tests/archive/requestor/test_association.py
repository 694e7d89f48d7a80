"""Why an association cannot be had, in codes and in words (PS3.8 9.3.4)."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom.sop_class import CTImageStorage, PrintJob, Verification

from archive.requestor.association import Peer, PeerAway, Times, associate, open_association
from archive.requestor.proposal import Wanted
from archive.requestor.requests import c_echo
from archive.upper_layer.limits import Limits
from tests.support.peers.archive import other_archive
from tests.support.ports import free_ports
from tests.support.upper_layer import acceptor

ECHO = Wanted(abstract_syntax=Verification, transfer_syntaxes=(ExplicitVRLittleEndian,))
SHORT = Times(connect=2, accept=0.5, answer=0.5, release=0.5)


def peer(port: int, *, ae_title: str = "OTHER", host: str = "127.0.0.1") -> Peer:
    """Return a peer on this machine."""
    return Peer(ae_title=ae_title, host=host, port=port, calling_ae="PACSHUB")


@contextmanager
def wire(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen for one connection, read its request, and do as `answer` does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                answer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield int(listener.getsockname()[1])
        thread.join(10)


def why(target: Peer, *wanted: Wanted) -> PeerAway:
    """Return what the attempt to associate raises."""
    with pytest.raises(PeerAway) as away:
        associate(target, contexts=wanted or (ECHO,), times=SHORT)
    return away.value


def test_an_association_is_opened_used_and_released() -> None:
    with acceptor(Limits()) as port, open_association(peer(port), contexts=[ECHO]) as association:
        assert c_echo(association).status == 0
        assert c_echo(association).status == 0


def test_nobody_there() -> None:
    [port] = free_ports(1)
    error = why(peer(port))
    assert error.error_code == "peer-unreachable"
    assert error.text == f"OTHER does not answer at 127.0.0.1:{port}"
    assert why(peer(port, host="no such host")).error_code == "peer-unreachable"
    assert why(peer(port, host="a" * 80 + ".invalid")).error_code == "peer-unreachable"


def test_a_rejection_is_told_in_words() -> None:
    with other_archive() as other:
        error = why(peer(other.port, ae_title="NOBODY"))
    assert error.error_code == "peer-rejected"
    assert error.text == "NOBODY rejected us: it does not have the AE title we called"


def test_a_rejection_nobody_has_heard_of_is_told_in_numbers() -> None:
    rejection = struct.pack(">BBIBBBB", 3, 0, 4, 0, 1, 9, 9)
    with wire(lambda connection: connection.sendall(rejection)) as port:
        assert why(peer(port)).text == "OTHER rejected us: its reason is 9/9"


def test_nothing_of_it_is_taken() -> None:
    with other_archive() as other:
        wanted = Wanted(abstract_syntax=PrintJob, transfer_syntaxes=(ExplicitVRLittleEndian,))
        assert why(peer(other.port), wanted).error_code == "no-context"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        struct.pack(">BBII", 7, 0, 4, 0),
        struct.pack(">BBI", 2, 0, 4) + b"\0\1\0\0",
        struct.pack(">BBI", 2, 0, 0xFFFFFFFF),
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
    ],
)
def test_an_abort_or_nonsense_is_an_abort(answer: bytes) -> None:
    with wire(lambda connection: connection.sendall(answer)) as port:
        assert why(peer(port)).error_code == "peer-aborted"


def test_silence_has_a_code_of_its_own() -> None:
    hold = threading.Event()
    with wire(lambda _: hold.wait(10) and None) as port:
        assert why(peer(port)).error_code == "peer-silent"
        hold.set()


def test_a_class_that_was_not_accepted_is_not_asked() -> None:
    ct = Wanted(abstract_syntax=CTImageStorage, transfer_syntaxes=(ExplicitVRLittleEndian,))
    with (
        other_archive() as other,
        open_association(peer(other.port), contexts=[ct, ECHO]) as association,
        pytest.raises(PeerAway) as away,
    ):
        c_echo(association)
    assert away.value.error_code == "no-context"


def test_what_breaks_in_the_middle_is_aborted_not_released() -> None:
    ct = Wanted(abstract_syntax=CTImageStorage, transfer_syntaxes=(ExplicitVRLittleEndian,))
    with (
        other_archive() as other,
        contextlib.suppress(RuntimeError),
        open_association(peer(other.port), contexts=[ct]) as association,
    ):
        raise RuntimeError
    assert not association.is_open
