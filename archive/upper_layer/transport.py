"""PDUs over one TCP connection, blocking, into one reused buffer (PS3.8 9.3)."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from typing import Final, Protocol

HEADER: Final = 6
SMALL_PDU: Final = 4096  # a command, a question: what a peer may wait behind
SLOWEST: Final = 4096  # bytes a second a peer has to take
_HEADER: Final = struct.Struct(">BxI").unpack_from
QUICK_ACK: Final[int | None] = getattr(socket, "TCP_QUICKACK", None)
"""Where the system has it; the kernel forgets it, so it is asked for with every PDU."""


class PeerClosed(Exception):
    """The peer closed the connection, or the network did."""


class Stalled(Exception):
    """Nothing, or not enough, came or went in time."""


class PduTooLong(Exception):
    """The length field of a PDU is above what we take."""


class Wire(Protocol):
    """What is asked of a connected socket, plain or inside TLS."""

    def fileno(self) -> int: ...
    def setblocking(self, flag: bool, /) -> None: ...
    def setsockopt(self, level: int, option: int, value: int | bytes, /) -> None: ...
    def recv_into(self, buffer: memoryview, size: int, flags: int, /) -> int: ...
    def send(self, data: bytes | memoryview, flags: int = 0, /) -> int: ...
    def shutdown(self, how: int, /) -> None: ...
    def close(self) -> None: ...


class Transport:
    """One connected socket; only its own thread reads and writes it."""

    def __init__(self, sock: Wire, *, largest_pdu: int, stall_seconds: float) -> None:
        self._socket = sock
        self._largest = largest_pdu
        self._stall = stall_seconds
        self._timeout = -1.0
        self._pending = memoryview(bytearray(SMALL_PDU))  # read already, not taken yet
        self._start = self._end = 0
        self._buffer = bytearray(0)
        sock.setblocking(True)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(stall_seconds))
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)

    def readable(self, seconds: float) -> bool:
        """Say whether something (data, or the end) comes within `seconds`."""
        return self._start < self._end or bool(self._poll.poll(seconds * 1000))

    def read_pdu(
        self, *, within: float | None = None, apart: bool = False
    ) -> tuple[int, memoryview]:
        """Return type and body of the next PDU; the body is valid until the next call.

        With `apart` the body gets memory of its own, and the last one stays valid.

        Raises:
            PeerClosed: the connection ended.
            Stalled: the PDU was not complete in time.
            PduTooLong: its length is above the limit.
        """
        deadline = time.monotonic() + (self._stall if within is None else within)
        while self._end - self._start < HEADER:
            self._read_ahead(deadline)
        kind, length = _HEADER(self._pending, self._start)
        self._start += HEADER
        if length > self._largest:
            raise PduTooLong(length)
        if apart:
            buffer = bytearray(length)
        else:
            if length > len(self._buffer):
                self._buffer = bytearray(max(length, 65_536))
            buffer = self._buffer
        body = memoryview(buffer)[:length]
        at_hand = min(length, self._end - self._start)
        body[:at_hand] = self._pending[self._start : self._start + at_hand]
        self._start += at_hand
        if at_hand < length:
            if length < SMALL_PDU:
                self._acknowledge()  # the rest may wait for it
            self._fill(body[at_hand:], deadline)
        if length < SMALL_PDU and self._start == self._end:
            self._acknowledge()
        return kind, body

    def send(self, data: bytes) -> None:
        """Send all of `data`.

        Raises:
            PeerClosed: the connection ended.
            Stalled: the peer does not read, or hardly.
        """
        started, sent = time.monotonic(), 0
        try:
            while True:
                sent += self._socket.send(memoryview(data)[sent:])
                if sent == len(data):
                    return
                if time.monotonic() - started > self._stall + sent / SLOWEST:
                    raise Stalled  # else one byte a minute would keep us for years
        except BlockingIOError as error:
            raise Stalled from error
        except OSError as error:
            raise PeerClosed from error

    def last_word(self, data: bytes) -> None:
        """Send a few bytes if there is room for them: nobody waits for a peer that is given up."""
        with contextlib.suppress(OSError):
            self._socket.send(data, socket.MSG_DONTWAIT)

    def finish_sending(self) -> None:
        """Tell the peer that nothing more comes from us."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """End the connection from another thread; whoever reads it meets `PeerClosed`."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _read_ahead(self, deadline: float) -> None:
        """Take what is there: a header, or with it small PDUs whole, in one call."""
        if self._start:
            rest = bytes(self._pending[self._start : self._end])
            self._pending[: len(rest)] = rest
            self._start, self._end = 0, len(rest)
        self._end += self._receive(self._pending[self._end :], deadline, flags=0)

    def _fill(self, view: memoryview, deadline: float) -> None:
        got, wanted = 0, len(view)
        while got < wanted:
            got += self._receive(view[got:], deadline, flags=socket.MSG_WAITALL)

    def _receive(self, view: memoryview, deadline: float, *, flags: int) -> int:
        left = deadline - time.monotonic()
        if left <= 0:
            raise Stalled
        self._set_timeout(left)
        try:
            count = self._socket.recv_into(view, len(view), flags)
        except BlockingIOError as error:
            raise Stalled from error
        except OSError as error:
            raise PeerClosed from error
        if not count:
            raise PeerClosed
        return count

    def _acknowledge(self) -> None:
        """Let the kernel acknowledge now rather than 40 ms later.

        Devices that leave Nagle's algorithm on and write the command and the data set apart
        wait for it before they send the second half (RFC 9293 3.7.4, 3.8.6.3).
        """
        if QUICK_ACK is not None:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, QUICK_ACK, 1)

    def _set_timeout(self, left: float) -> None:
        # The kernel rounds up anyway; whole stalls are set once, not for every PDU.
        timeout = self._stall if left > self._stall - 1.0 else left
        if timeout != self._timeout:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(timeout))
            self._timeout = timeout


def _timeval(seconds: float) -> bytes:
    whole = int(seconds)
    return struct.pack("@ll", whole, max(1, int((seconds - whole) * 1_000_000)))
