"""An MLLP connection that we open: send one message, wait for its answer."""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from integrations.hl7.mllp.framing import FrameReader, wrap
from pacs_hub.kernel.errors import Unavailable

READ_BYTES: Final = 65_536


class PeerUnreachable(Unavailable):
    """The connection could not be opened; nothing was sent."""

    code = "peer-unreachable"


class NoAnswerInTime(Unavailable):
    """The message was written, and no answer came: it may or may not have been taken."""

    code = "no-ack-in-time"


class MllpClient:
    """One connection to one receiver, used by one thread at a time."""

    def __init__(
        self, *, host: str, port: int, connect_seconds: float = 5, answer_seconds: float = 20
    ) -> None:
        """Open the connection.

        Raises:
            PeerUnreachable: nobody listens there, or not in time.
        """
        self._answer_seconds = answer_seconds
        self._reader = FrameReader()
        self._frames: deque[bytes] = deque()
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_seconds)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise PeerUnreachable(f"cannot connect to {host}:{port}: {reason}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

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
        """Close the connection."""
        self._socket.close()

    def ask(self, content: bytes, *, answers: Callable[[bytes], bool]) -> bytes:
        """Send `content` and return the first frame of which `answers` says it is the answer.

        Raises:
            NoAnswerInTime: the receiver kept silent, or closed the connection.
        """
        until = time.monotonic() + self._answer_seconds
        try:
            self._socket.settimeout(self._answer_seconds)
            self._socket.sendall(wrap(content))
            while True:
                while self._frames:
                    frame = self._frames.popleft()
                    if answers(frame):
                        return frame
                self._receive(until)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise NoAnswerInTime(f"no answer: {reason}") from error

    def _receive(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise NoAnswerInTime(f"no answer within {self._answer_seconds:g} s")
        self._socket.settimeout(left)
        data = self._socket.recv(READ_BYTES)
        if not data:
            raise NoAnswerInTime("the receiver closed the connection without an answer")
        self._frames.extend(f.content for f in self._reader.feed(data))
