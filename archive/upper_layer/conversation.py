"""An acceptor's association as the operation in hand sees it: it may ask the caller back."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Mapping

from archive.upper_layer.command import CommandSet, Field
from archive.upper_layer.exchange import Exchange, PeerLeaves
from archive.upper_layer.intake import ProtocolFault
from archive.upper_layer.messages import Context, Message
from archive.upper_layer.pdus import Pdu
from archive.upper_layer.transport import Transport


class CallerConversation:
    """Sub-operations of a request on its own association, and C-CANCEL among their answers.

    A release that comes in between is left in `ahead` for whoever reads the next PDU.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        contexts: Mapping[int, Context],
        max_length: int,
        seconds: float,
        ahead: deque[tuple[int, memoryview]],
    ) -> None:
        self._contexts = contexts
        self._ahead = ahead
        self._asked: CommandSet | None = None
        self._cancelled = False
        self._told: set[str] = set()
        self._exchange = Exchange(
            transport, max_length=max_length, seconds=seconds, between=self._between
        )

    @property
    def contexts(self) -> Mapping[int, Context]:
        """The accepted contexts by id, and which of them the caller performs (SCP role)."""
        return self._contexts

    @property
    def was_cancelled(self) -> bool:
        """Say whether a C-CANCEL has been met, without looking for one."""
        return self._cancelled

    def begin(self, asked: CommandSet) -> None:
        """Turn to the next request."""
        self._asked, self._cancelled = asked, False

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
            PeerLeaves: the caller released the association.
            Ended, PeerClosed, Stalled, ProtocolFault: for the association only, never caught.
        """
        try:
            return (
                yield from self._exchange.asking(
                    context_id=context_id, command=command, data_set=data_set, seconds=seconds
                )
            )
        except PeerLeaves:
            self._ahead.append((Pdu.RELEASE_RQ, memoryview(b"")))
            raise

    def first_time(self, what: str) -> bool:
        """Say whether `what` was not asked about before on this association."""
        is_new = what not in self._told
        self._told.add(what)
        return is_new

    def is_cancelled(self) -> bool:
        """Say whether the caller has asked to cancel the request in hand (PS3.7 9.3.2.3)."""
        if not self._cancelled:
            try:
                self._exchange.look()
            except PeerLeaves:
                self._ahead.append((Pdu.RELEASE_RQ, memoryview(b"")))
                self._cancelled = True
        return self._cancelled

    def _between(self, message: Message) -> None:
        """Take a C-CANCEL; one operation at a time was agreed (PS3.7 D.3.3.3)."""
        if message.command.field != Field.C_CANCEL:
            raise ProtocolFault
        if self._asked is not None and message.command.message_id == self._asked.message_id:
            self._cancelled = True
