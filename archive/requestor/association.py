"""Associations we open with others, blocking, in the caller's thread (PS3.8 7.1, 9.2)."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from archive.requestor.proposal import Grant, Granted, Wanted, read_grant, refusal, request_pdu
from archive.upper_layer.exchange import Exchange, HalfSent, PeerLeaves
from archive.upper_layer.intake import ProtocolFault
from archive.upper_layer.limits import Limits
from archive.upper_layer.messages import Message
from archive.upper_layer.negotiation import Roles
from archive.upper_layer.pdus import (
    REASON_NOT_SPECIFIED,
    RELEASE_REQUEST,
    SERVICE_USER,
    Ended,
    Pdu,
    abort_pdu,
)
from archive.upper_layer.transport import PduTooLong, PeerClosed, Stalled, Transport
from pacs_hub.kernel.errors import HubError, Unavailable

logger = logging.getLogger(__name__)

_ANY: Final[Mapping[str, Roles]] = {}
_OVER: Final = (Ended, PeerClosed, PduTooLong, ProtocolFault, PeerLeaves)


class PeerAway(Unavailable):
    """We cannot talk to the peer now.

    Codes: peer-unreachable, peer-rejected, peer-aborted, peer-silent, no-context, no-address.
    """

    code = "peer-unreachable"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """The application entity to call, and the title we call it with."""

    ae_title: str
    host: str
    port: int
    calling_ae: str


@dataclass(frozen=True, kw_only=True)
class Times:
    """How long we wait, in seconds: for TCP, for the association, for an answer to a request."""

    connect: float = 10.0
    accept: float = 30.0
    answer: float = 60.0
    release: float = 5.0


class Outgoing:
    """One association that a peer accepted from us."""

    def __init__(self, transport: Transport, peer: Peer, grant: Grant, times: Times) -> None:
        self._transport = transport
        self._times = times
        self.peer = peer
        self.contexts = grant.contexts
        self.is_open = True
        self._exchange = Exchange(
            transport, max_length=grant.max_length, seconds=times.answer, between=_refuse
        )

    def context_of(self, abstract_syntax: str) -> Granted:
        """Return the first accepted context of a SOP class.

        Raises:
            PeerAway: the peer accepted none (no-context).
        """
        for context in self.contexts:
            if context.abstract_syntax == abstract_syntax:
                return context
        raise PeerAway(f"{self.peer.ae_title} does not take this SOP class", code="no-context")

    def asking(
        self,
        *,
        context_id: int,
        command: Mapping[int, bytes],
        data_set: Iterable[bytes] | None = None,
        seconds: float = 0.0,
    ) -> Generator[None, None, Message]:
        """Send a request and return its response; yields now and then while that takes time.

        Raises:
            PeerAway: the association did not survive it (peer-aborted, peer-silent).
            HubError: what `data_set` raised, or cannot-read; the association is aborted.
        """
        with self._told():
            return (
                yield from self._exchange.asking(
                    context_id=context_id, command=command, data_set=data_set, seconds=seconds
                )
            )

    def responses(
        self,
        *,
        context_id: int,
        command: Mapping[int, bytes],
        data_set: Iterable[bytes] | None = None,
        seconds: float = 0.0,
    ) -> Iterator[Message]:
        """Send a request of many responses and yield them; whoever stops early aborts.

        Raises:
            PeerAway, HubError: as `asking`.
        """
        with self._told():
            yield from self._exchange.responses(
                context_id=context_id, command=command, data_set=data_set, seconds=seconds
            )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in our words what ends an association."""
        try:
            yield
        except Stalled as error:
            self.abort()
            text = f"{self.peer.ae_title} did not answer in time"
            raise PeerAway(text, code="peer-silent") from error
        except _OVER as error:
            self.abort()
            text = f"{self.peer.ae_title} broke the association off"
            raise PeerAway(text, code="peer-aborted") from error
        except HalfSent as error:
            self.abort()
            if isinstance(error.__cause__, HubError):
                raise error.__cause__ from error
            raise Unavailable("the object cannot be read", code="cannot-read") from error
        except GeneratorExit:  # whoever drives it gave up: the peer waits for the rest
            self.abort()
            raise

    def ask(
        self,
        *,
        context_id: int,
        command: Mapping[int, bytes],
        data_set: Iterable[bytes] | None = None,
        seconds: float = 0.0,
    ) -> Message:
        """Send a request and wait for its response; raises as `asking` does."""
        return finished(
            self.asking(context_id=context_id, command=command, data_set=data_set, seconds=seconds)
        )

    def release(self) -> None:
        """End it in order (PS3.8 7.2); whatever goes wrong, it is closed afterwards."""
        if not self.is_open:
            return
        self.is_open = False
        deadline = time.monotonic() + self._times.release
        with contextlib.suppress(PeerClosed, Stalled, PduTooLong):
            self._transport.send(RELEASE_REQUEST)
            while (left := deadline - time.monotonic()) > 0:
                kind, _ = self._transport.read_pdu(within=left)
                if kind in {Pdu.RELEASE_RP, Pdu.ABORT}:
                    break
        self._transport.close()

    def abort(self) -> None:
        """End it at once (PS3.8 7.3)."""
        if not self.is_open:
            return
        self.is_open = False
        self._transport.last_word(abort_pdu(source=SERVICE_USER, reason=REASON_NOT_SPECIFIED))
        self._transport.close()


def associate(
    peer: Peer,
    *,
    contexts: Sequence[Wanted],
    roles: Mapping[str, Roles] = _ANY,
    times: Times | None = None,
) -> Outgoing:
    """Open an association; the caller releases or aborts it.

    `roles` are those we propose to have by SOP class (PS3.7 D.3.3.4).

    Raises:
        PeerAway: see its codes.
    """
    times = times or Times()
    try:
        sock = socket.create_connection((peer.host, peer.port), timeout=times.connect)
    except (OSError, UnicodeError) as error:
        text = f"{peer.ae_title} does not answer at {peer.host}:{peer.port}"
        raise PeerAway(text, code="peer-unreachable") from error
    limits = Limits()
    transport = Transport(sock, largest_pdu=limits.largest_pdu, stall_seconds=times.answer)
    established = False
    try:
        grant = _negotiated(transport, peer, contexts, roles, times, limits.max_pdu)
        outgoing = Outgoing(transport, peer, grant, times)
        if not grant.contexts:
            outgoing.release()
            raise PeerAway(f"{peer.ae_title} takes none of it", code="no-context")
        established = True
        return outgoing
    finally:
        if not established:
            transport.close()


@contextmanager
def open_association(
    peer: Peer,
    *,
    contexts: Sequence[Wanted],
    roles: Mapping[str, Roles] = _ANY,
    times: Times | None = None,
) -> Iterator[Outgoing]:
    """Hold an association; it is released at the end, and aborted when something was raised.

    Raises:
        PeerAway: see its codes.
    """
    outgoing = associate(peer, contexts=contexts, roles=roles, times=times)
    try:
        yield outgoing
    except BaseException:
        outgoing.abort()
        raise
    outgoing.release()


def finished(asking: Generator[None, None, Message]) -> Message:
    """Run an exchange to its end."""
    while True:
        try:
            next(asking)
        except StopIteration as end:
            message: Message = end.value
            return message


def _negotiated(
    transport: Transport,
    peer: Peer,
    contexts: Sequence[Wanted],
    roles: Mapping[str, Roles],
    times: Times,
    max_pdu: int,
) -> Grant:
    asked = request_pdu(
        calling_ae=peer.calling_ae,
        called_ae=peer.ae_title,
        contexts=contexts,
        roles=roles,
        max_pdu=max_pdu,
    )
    try:
        transport.send(asked)
        kind, body = transport.read_pdu(within=times.accept)
        if kind == Pdu.ASSOCIATE_AC:
            whole = struct.pack(">BxI", kind, len(body)) + body
            return read_grant(whole, contexts=contexts)
    except (PeerClosed, PduTooLong) as error:
        text = f"{peer.ae_title} broke the association off"
        raise PeerAway(text, code="peer-aborted") from error
    except Stalled as error:
        text = f"{peer.ae_title} did not answer in time"
        raise PeerAway(text, code="peer-silent") from error
    if kind == Pdu.ASSOCIATE_RJ:
        why = refusal(bytes(body))
        raise PeerAway(f"{peer.ae_title} rejected us: {why}", code="peer-rejected")
    raise PeerAway(f"{peer.ae_title} broke the association off", code="peer-aborted")


def _refuse(_: Message) -> None:
    """Nobody asks us anything on an association of ours."""
    raise ProtocolFault
