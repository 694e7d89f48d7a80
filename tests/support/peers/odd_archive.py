"""A storage SCP that associates as it should and then does as a test wants, byte by byte."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from archive.upper_layer import negotiation
from archive.upper_layer.messages import Caller, Service
from archive.upper_layer.negotiation import Admission

Behave = Callable[[socket.socket], None]


@contextmanager
def odd_archive(
    behave: Behave, *, transfer_syntaxes: Sequence[str] = ("1.2.840.10008.1.2.1",)
) -> Iterator[int]:
    """Accept every context and let `behave` have the connection; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        threads: list[threading.Thread] = []

        def associated(connection: socket.socket) -> None:
            with connection, suppress(OSError, ConnectionError):
                connection.settimeout(10)
                connection.sendall(_accepted(read_pdu(connection), transfer_syntaxes))
                behave(connection)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    threads.append(threading.Thread(target=associated, args=(connection,)))
                    threads[-1].start()

        server = threading.Thread(target=serve)
        server.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for thread in [server, *threads]:
                thread.join(10)


def read_pdu(connection: socket.socket) -> bytes:
    """Return the next PDU with its header.

    Raises:
        ConnectionError: the other side is gone.
    """
    header = _exactly(connection, 6)
    return header + _exactly(connection, struct.unpack(">I", header[2:])[0])


def read_store(connection: socket.socket) -> None:
    """Read PDUs until the last fragment of a data set has come."""
    while True:
        body = read_pdu(connection)
        if body[11] == 2:  # a last fragment that is no command
            return


def _accepted(pdu: bytes, transfer_syntaxes: Sequence[str]) -> bytes:
    request = negotiation.read_request(pdu, address="")
    services = {
        uid: Service(transfer_syntaxes=tuple(transfer_syntaxes), operations={})
        for uid in request.abstract_syntaxes
    }
    caller = Caller(calling_ae="", called_ae="", address="")
    admission = Admission(caller=caller, services=services)
    answer, _ = negotiation.accept(request, admission, max_pdu=16_384)
    return answer


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("closed")
        data += piece
    return data
