"""The other side of the HL7 doors: a sender, and a receiver that writes down what it gets."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import hl7

START, END = b"\x0b", b"\x1c\x0d"


class HospitalSystem:
    """A system that sends over one MLLP connection."""

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        seconds: float = 10,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.socket = socket.create_connection((host, port), timeout=seconds)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=host)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def write(self, message: str | bytes) -> None:
        """Send a frame and do not wait."""
        content = message.encode() if isinstance(message, str) else message
        self.socket.sendall(START + content + END)

    def read(self) -> bytes:
        """Return the content of the next frame.

        Raises:
            ConnectionError: the other side hung up.
        """
        while END not in self._buffer:
            data = self.socket.recv(65_536)
            if not data:
                raise ConnectionError("the listener hung up")
            self._buffer += data
        frame, _, self._buffer = self._buffer.partition(END)
        assert frame.startswith(START), frame
        return frame[1:]

    def send(self, message: str | bytes) -> Ack:
        """Send a message and return its acknowledgement."""
        self.write(message)
        return Ack(self.read())


class Ack:
    """An acknowledgement, read by a library that is not ours."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.message = hl7.parse(raw.decode("latin-1"))

    def field(self, segment: str, number: int) -> str:
        """Return a field as text; "" where it is absent."""
        try:
            return str(self.message.segment(segment)[number])
        except (KeyError, IndexError):
            return ""

    @property
    def code(self) -> str:
        """Return MSA-1."""
        return self.field("MSA", 1)

    @property
    def answers(self) -> str:
        """Return MSA-2."""
        return self.field("MSA", 2)

    @property
    def condition(self) -> str:
        """Return the table 0357 code of the first ERR."""
        coded = self.field("ERR", 3)
        if coded:
            return coded.split("^")[0]
        first = self.field("ERR", 1).split("^")
        return first[3].split("&")[0] if len(first) > 3 else ""

    @property
    def place(self) -> str:
        """Return ERR-2, or the place in ERR-1 of older versions."""
        return self.field("ERR", 2) or "^".join(self.field("ERR", 1).split("^")[:3])


Script = Callable[[str], tuple[str, str]]
"""Control id → (MSA-1, table 0357 code); MSA-1 "" keeps silent, "CA AE" answers twice."""


@dataclass
class Receiver:
    """A system that takes messages and answers by a script; what came is in `messages`."""

    port: int
    script: Script
    messages: list[str] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    answer: Callable[[str], bytes] | None = None  # instead of an acknowledgement
    connections: list[socket.socket] = field(default_factory=list)

    def of_type(self, kind: str) -> list[str]:
        """Return the messages whose MSH-9 begins with `kind`."""
        return [m for m in self.messages if m.split("|")[8].startswith(kind)]

    def say(self, code: str, control_id: str, *, condition: str = "") -> None:
        """Send an acknowledgement nobody waits for, on the latest connection."""
        self.connections[-1].sendall(START + _ack(code, control_id, condition) + END)

    def hang_up(self) -> None:
        """Close every connection; new ones are welcome."""
        for connection in self.connections:
            connection.shutdown(socket.SHUT_RDWR)


def accepting(_control_id: str) -> tuple[str, str]:
    """Take everything."""
    return "AA", ""


@contextmanager
def receiving(
    script: Script = accepting, *, port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[Receiver]:
    """Listen until the test is over, inside TLS where a context is given."""
    listener = socket.create_server(("127.0.0.1", port))
    receiver = Receiver(listener.getsockname()[1], script)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_answer, args=(connection, receiver, tls), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield receiver
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in receiver.connections:
            connection.close()


def _answer(connection: socket.socket, receiver: Receiver, tls: ssl.SSLContext | None) -> None:
    try:
        if tls is not None:
            connection = tls.wrap_socket(connection, server_side=True)
        receiver.connections.append(connection)
        buffer = b""
        while data := connection.recv(65_536):
            buffer += data
            while END in buffer:
                frame, _, buffer = buffer.partition(END)
                _take(frame.partition(START)[2], connection, receiver)
    except OSError:
        connection.close()


def _take(content: bytes, connection: socket.socket, receiver: Receiver) -> None:
    text = content.decode("utf-8", errors="replace")
    receiver.raw.append(content)
    receiver.messages.append(text)
    if receiver.answer is not None:
        connection.sendall(START + receiver.answer(text) + END)
        return
    number = text.split(text[3])[9]
    codes, condition = receiver.script(number)
    for code in codes.split():
        connection.sendall(START + _ack(code, number, condition) + END)


def _ack(code: str, number: str, condition: str) -> bytes:
    err = f"ERR|||{condition}^^HL70357|E\r" if condition else ""
    ack = f"MSH|^~\\&|BILL|GH|PACSHUB|GH|||ACK|A{number[:18]}|P|2.5.1\r"
    return (ack + f"MSA|{code}|{number}|\r{err}").encode()
