"""The same connection inside TLS: what a `Transport` asks of a socket, answered by TLS.

PS3.15 B.9 and B.12 (BCP 195): TLS 1.2 or later, the handshake before the first PDU.
"""

from __future__ import annotations

import logging
import socket
import ssl
import struct
from typing import Final

from archive.upper_layer.transport import Transport

logger = logging.getLogger(__name__)

_TIMEVAL: Final = struct.Struct("@ll")
_KERNEL_TIMEOUTS: Final = (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO)


class TlsTransport(Transport):
    """A `Transport` whose bytes are encrypted; the handshake is part of the first read."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        context: ssl.SSLContext,
        largest_pdu: int,
        stall_seconds: float,
    ) -> None:
        self._tls = _TlsSocket(sock, context)
        super().__init__(self._tls, largest_pdu=largest_pdu, stall_seconds=stall_seconds)

    def readable(self, seconds: float) -> bool:
        """Say whether something comes within `seconds`, or was decrypted already."""
        return self._tls.pending() > 0 or super().readable(seconds)


class _TlsSocket:
    """An SSL socket with the face of a plain one.

    OpenSSL tries again where a timeout of the kernel ends a call, and it takes no flags: timeouts
    are kept here and given to each call, and what they end looks as it does without TLS.
    """

    def __init__(self, sock: socket.socket, context: ssl.SSLContext) -> None:
        self._inner = context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        self._timeouts: dict[int, float] = {}

    def fileno(self) -> int:
        return self._inner.fileno()

    def pending(self) -> int:
        return self._inner.pending()

    def setblocking(self, flag: bool, /) -> None:
        self._inner.setblocking(flag)

    def setsockopt(self, level: int, option: int, value: int | bytes, /) -> None:
        if level == socket.SOL_SOCKET and option in _KERNEL_TIMEOUTS and isinstance(value, bytes):
            seconds, microseconds = _TIMEVAL.unpack(value)
            self._timeouts[option] = seconds + microseconds / 1_000_000
        else:
            self._inner.setsockopt(level, option, value)

    def recv_into(self, buffer: memoryview, size: int, _flags: int, /) -> int:
        self._inner.settimeout(self._timeouts.get(socket.SO_RCVTIMEO))
        try:
            return self._inner.recv_into(buffer, size)
        except TimeoutError as error:
            raise BlockingIOError from error
        except ssl.SSLError as error:
            logger.warning("dimse.tls.failed", extra={"reason": error.reason})
            raise

    def send(self, data: bytes | memoryview, flags: int = 0, /) -> int:
        at_once = bool(flags & socket.MSG_DONTWAIT)
        self._inner.settimeout(0 if at_once else self._timeouts.get(socket.SO_SNDTIMEO))
        try:
            return self._inner.send(data)
        except TimeoutError as error:
            raise BlockingIOError from error

    def shutdown(self, how: int, /) -> None:
        """End the TCP connection; the TLS session may be in use by the thread that reads it."""
        socket.socket.shutdown(self._inner, how)

    def close(self) -> None:
        self._inner.close()
