"""An MLLP connection that we open: send one message, wait for its answer."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from integrations.hl7.mllp.certificate import Shown
from integrations.hl7.mllp.framing import FrameReader, wrap
from pacs_hub.kernel.errors import Unavailable

READ_BYTES: Final = 65_536
UNASKED_READS: Final = 64  # a receiver that says more than this without being asked is left


class PeerUnreachable(Unavailable):
    """The connection could not be opened; nothing was sent."""

    code = "peer-unreachable"


class NoAnswerInTime(Unavailable):
    """The message was written, and no answer came: it may or may not have been taken."""

    code = "no-ack-in-time"


class MllpClient:
    """One connection to one receiver, used by one thread at a time."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        connect_seconds: float = 5,
        answer_seconds: float = 30,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Open the connection, inside TLS where `tls` is given.

        Raises:
            PeerUnreachable: nobody listens there, not in time, or TLS could not be agreed on.
        """
        self.answer_seconds = answer_seconds
        self._reader = FrameReader()
        self._frames: deque[bytes] = deque()
        try:
            self._socket = socket.create_connection((host, port), timeout=connect_seconds)
        except OSError as error:
            raise PeerUnreachable(f"cannot connect to {host}:{port}: {_words(error)}") from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            try:
                self._socket = tls.wrap_socket(self._socket, server_hostname=host)
            except OSError as error:  # of which ssl.SSLError is one
                self._socket.close()
                raise PeerUnreachable(f"no TLS with {host}:{port}: {_words(error)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def certificate(self) -> Shown | None:
        """Return the certificate the receiver showed; None outside TLS."""
        if not isinstance(self._socket, ssl.SSLSocket):
            return None
        return Shown.of(self._socket.getpeercert())

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def ask(
        self,
        content: bytes,
        *,
        answers: Callable[[bytes], bool],
        others: Callable[[bytes], object] | None = None,
    ) -> bytes:
        """Send `content` and return the first frame of which `answers` says it is the answer.

        Frames that come before it are handed to `others`.

        Raises:
            NoAnswerInTime: the receiver kept silent, or closed the connection.
        """
        until = time.monotonic() + self.answer_seconds
        try:
            self._socket.settimeout(self.answer_seconds)
            self._socket.sendall(wrap(content))
            while True:
                while self._frames:
                    frame = self._frames.popleft()
                    if answers(frame):
                        return frame
                    if others is not None:
                        others(frame)
                self._receive(until)
        except TimeoutError as error:
            raise NoAnswerInTime(f"no answer within {self.answer_seconds:g} s") from error
        except OSError as error:
            raise NoAnswerInTime(f"no answer: {_words(error)}") from error

    def heard(self) -> tuple[list[bytes], bool]:
        """Return what came without being asked for, and whether the connection still stands.

        Waits for nothing, and does not listen to one who never stops.
        """
        stands, reads = True, 0
        try:
            self._socket.settimeout(0)
            while stands and self._readable():
                data = self._socket.recv(READ_BYTES)
                reads += 1
                stands = bool(data) and reads < UNASKED_READS
                self._frames.extend(f.content for f in self._reader.feed(data))
        except (BlockingIOError, ssl.SSLWantReadError):
            pass  # TLS records without a byte for us
        except OSError:
            stands = False
        frames = list(self._frames)
        self._frames.clear()
        return frames, stands

    def _readable(self) -> bool:
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        poll = select.poll()  # unlike select(), not bound to file numbers below 1024
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    def _receive(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise NoAnswerInTime(f"no answer within {self.answer_seconds:g} s")
        self._socket.settimeout(left)
        data = self._socket.recv(READ_BYTES)
        if not data:
            raise NoAnswerInTime("the receiver closed the connection without an answer")
        self._frames.extend(f.content for f in self._reader.feed(data))


def _words(error: OSError) -> str:
    reason = getattr(error, "verify_message", "") or getattr(error, "reason", "")
    return str(reason or error.strerror or type(error).__name__).replace("_", " ").lower()
