"""Listening, and one thread for each association (PS3.8 9.1.2)."""

from __future__ import annotations

import contextlib
import logging
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable

from archive.upper_layer.association import Association, House
from archive.upper_layer.limits import Limits
from archive.upper_layer.negotiation import Admit
from archive.upper_layer.slots import Slots
from archive.upper_layer.tls import TlsTransport
from archive.upper_layer.transport import Transport

logger = logging.getLogger(__name__)


def listen(*, host: str, port: int) -> socket.socket:
    """Open a listening socket that other processes may share (SO_REUSEPORT)."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=128, reuse_port=True)


class Acceptor:
    """Accepts associations on one listening socket, inside TLS where `tls` is given.

    In an association's own thread `before_operation` is called before each message, `when_idle`
    when it has to wait for the next one, and at its end.
    """

    def __init__(
        self,
        *,
        listener: socket.socket,
        admit: Admit,
        stop: threading.Event,
        limits: Limits | None = None,
        tls: ssl.SSLContext | None = None,
        before_operation: Callable[[], None] = lambda: None,
        when_idle: Callable[[], None] = lambda: None,
    ) -> None:
        self._listener = listener
        self._limits = limits or Limits()
        self._tls = tls
        self._when_idle = when_idle
        self._stop = stop
        self._open: dict[threading.Thread, Transport] = {}
        self._house = House(
            admit=admit,
            limits=self._limits,
            slots=Slots(
                total=self._limits.max_associations, per_ae=self._limits.max_associations_per_ae
            ),
            stop=stop,
            before_operation=before_operation,
            when_idle=when_idle,
        )

    def serve(self) -> None:
        """Accept until `stop` is set; then let each association finish the message in hand."""
        self._listener.setblocking(False)
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        try:
            while not self._stop.is_set():
                if poll.poll(250):
                    self._accept()
        finally:
            self._listener.close()
            self._wait_for_the_rest()

    def _accept(self) -> None:
        # Another process may have taken it, or the caller may be gone again.
        with contextlib.suppress(OSError):
            sock, peer = self._listener.accept()
            if len(self._open) >= 2 * self._limits.max_associations:
                sock.close()  # not even room to say no
                return
            transport = self._transport(sock)
            address = str(peer[0]).removeprefix("::ffff:")
            thread = threading.Thread(
                target=self._run, args=(transport, address), name=f"association-{address}"
            )
            thread.daemon = True
            self._open[thread] = transport
            thread.start()

    def _transport(self, sock: socket.socket) -> Transport:
        largest, stall = self._limits.largest_pdu, self._limits.stall_seconds
        if self._tls is None:
            return Transport(sock, largest_pdu=largest, stall_seconds=stall)
        sock.setblocking(True)
        return TlsTransport(sock, context=self._tls, largest_pdu=largest, stall_seconds=stall)

    def _run(self, transport: Transport, address: str) -> None:
        try:
            Association(transport, address, self._house).run()
        finally:
            self._when_idle()
            self._open.pop(threading.current_thread(), None)

    def _wait_for_the_rest(self) -> None:
        deadline = time.monotonic() + self._limits.stop_seconds
        for thread in list(self._open):
            thread.join(max(0.0, deadline - time.monotonic()))
        late = list(self._open.items())
        for _, transport in late:
            transport.cut()
        deadline = time.monotonic() + 1.0  # for all of them: one may be waiting for a third party
        for thread, _ in late:
            thread.join(max(0.0, deadline - time.monotonic()))
        logger.info("dimse.acceptor.stopped", extra={"cut": len(late)})
