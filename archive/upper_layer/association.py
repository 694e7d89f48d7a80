"""One association from its first byte to its last, in one thread (PS3.8 9.2, PS3.7 6).

States of PS3.8 9.2 as this acceptor meets them: Sta2 `_establish`, Sta6 `_converse`,
Sta13 `_await_close`. Sta3 and Sta8 last no longer than the call that answers.
"""

from __future__ import annotations

import logging
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Final

from archive.upper_layer import command, negotiation
from archive.upper_layer.command import CommandSet, Field, InvalidCommand
from archive.upper_layer.conversation import CallerConversation
from archive.upper_layer.exchange import HalfSent
from archive.upper_layer.intake import FailedSink, MessageIntake, ProtocolFault, fragments
from archive.upper_layer.limits import Limits
from archive.upper_layer.messages import (
    CANCELLED,
    PENDING,
    UNRECOGNISED_OPERATION,
    Context,
    Operation,
    Request,
    Response,
    encode_response,
)
from archive.upper_layer.negotiation import Admission, Admit, Rejected
from archive.upper_layer.pdus import (
    INVALID_PDU_PARAMETER,
    REASON_NOT_SPECIFIED,
    RELEASE_RESPONSE,
    SERVICE_PROVIDER,
    SERVICE_USER,
    UNEXPECTED_PDU,
    UNRECOGNISED_PDU,
    Ended,
    Pdu,
    abort_pdu,
)
from archive.upper_layer.slots import Slots
from archive.upper_layer.transport import PduTooLong, PeerClosed, Stalled, Transport
from pacs_hub.kernel.errors import HubError

logger = logging.getLogger(__name__)


_SLICE: Final = 0.5  # how often a waiting association looks whether it must stop
_AHEAD: Final = 8  # PDUs a caller may send while its request is being answered

# What ends an association wherever it is met: no operation may make a response of it.
_OVER: Final = (Ended, PeerClosed, Stalled, PduTooLong, ProtocolFault, HalfSent)


class Abort(Exception):
    """We end the association with an A-ABORT (PS3.8 9.3.8)."""

    def __init__(self, reason: int, *, source: int = SERVICE_PROVIDER) -> None:
        super().__init__(reason)
        self.pdu = abort_pdu(source=source, reason=reason)


@dataclass(frozen=True, kw_only=True)
class House:
    """What all associations of an acceptor share."""

    admit: Admit
    limits: Limits
    slots: Slots
    stop: threading.Event
    before_operation: Callable[[], None]
    when_idle: Callable[[], None]


class Association:
    """The acceptor's side of one association."""

    def __init__(self, transport: Transport, address: str, house: House) -> None:
        self._transport = transport
        self._address = address
        self._house = house
        self._limits = house.limits
        self._ahead: deque[tuple[int, memoryview]] = deque()
        self._contexts: dict[int, Context] = {}
        self._max_length = 0
        self._conversation = self._new_conversation()

    def run(self) -> None:
        """Live through the association; returns when the connection is closed."""
        try:
            self._establish()
        except Abort as ending:
            self._say_goodbye(ending.pdu)
        except Rejected as rejected:
            logger.info("dimse.association.rejected", extra={"answer": str(rejected)})
            self._say_goodbye(negotiation.rejection(rejected))
        except PduTooLong:
            self._say_goodbye(abort_pdu(source=SERVICE_USER, reason=0))
        except (Ended, PeerClosed, Stalled):
            pass  # PS3.8 AA-2, AA-5: nothing was agreed, nothing is said
        finally:
            self._transport.close()

    def _establish(self) -> None:
        """Sta2: the A-ASSOCIATE-RQ, within ARTIM, or nothing."""
        kind, body = self._transport.read_pdu(within=self._limits.artim_seconds)
        if kind == Pdu.ABORT:
            raise Ended
        if kind != Pdu.ASSOCIATE_RQ:
            raise Abort(REASON_NOT_SPECIFIED, source=SERVICE_USER)  # AA-1
        if len(body) > self._limits.max_request:  # reading it takes a second for each megabyte
            raise Abort(REASON_NOT_SPECIFIED, source=SERVICE_USER)
        pdu = struct.pack(">BxI", kind, len(body)) + body
        try:
            request = negotiation.read_request(pdu, address=self._address)
        except negotiation.InvalidRequest as error:
            raise Abort(REASON_NOT_SPECIFIED, source=SERVICE_USER) from error
        with self._house.slots.taken(request.calling_ae):
            self._house.before_operation()
            admission = self._house.admit(request)
            answer, self._contexts = negotiation.accept(
                request, admission, max_pdu=self._limits.max_pdu
            )
            self._max_length = request.max_length
            self._conversation = self._new_conversation()
            self._transport.send(answer)
            goodbye = self._established(admission)
        if goodbye:  # the place is free again, however long the caller takes to close
            self._say_goodbye(goodbye)

    def _established(self, admission: Admission) -> bytes:
        """Live through it; returns the last PDU to send, if there is one."""
        caller = admission.caller
        intake = MessageIntake(contexts=self._contexts, caller=caller, limits=self._limits)
        logger.info("dimse.association.opened", extra={"calling_ae": caller.calling_ae})
        goodbye, end = b"", "released"
        try:
            self._converse(intake)
            goodbye = RELEASE_RESPONSE
        except Abort as ending:
            goodbye, end = ending.pdu, "aborted"
        except ProtocolFault:
            goodbye, end = abort_pdu(source=2, reason=INVALID_PDU_PARAMETER), "fault"
        except PduTooLong:
            goodbye, end = abort_pdu(source=2, reason=INVALID_PDU_PARAMETER), "too-long"
        except HalfSent as error:
            logger.error("dimse.association.half_sent", exc_info=error)
            goodbye, end = abort_pdu(source=SERVICE_USER, reason=0), "half-sent"
        except Stalled:
            goodbye, end = abort_pdu(source=SERVICE_USER, reason=0), "stalled"
        except (Ended, PeerClosed):
            end = "closed"
        finally:
            intake.discard()
            logger.info(
                "dimse.association.ended", extra={"calling_ae": caller.calling_ae, "how": end}
            )
        return goodbye

    def _new_conversation(self) -> CallerConversation:
        return CallerConversation(
            self._transport,
            contexts=self._contexts,
            max_length=self._max_length,
            seconds=self._limits.stall_seconds,
            ahead=self._ahead,
        )

    def _converse(self, intake: MessageIntake) -> None:
        """Sta6: messages until the caller releases."""
        while True:
            kind, body = self._next_pdu(between_messages=intake.is_idle)
            if kind == Pdu.DATA:
                for context_id, control, fragment in fragments(body):
                    done = intake.take(context_id, control, fragment)
                    if done is not None:
                        self._answer(context_id, done)
            elif kind == Pdu.RELEASE_RQ:
                return
            elif kind == Pdu.ABORT:
                raise Ended
            else:
                known = kind in Pdu.__members__.values()
                raise Abort(UNEXPECTED_PDU if known else UNRECOGNISED_PDU)  # AA-8

    def _next_pdu(self, *, between_messages: bool) -> tuple[int, memoryview]:
        if self._ahead:
            return self._ahead.popleft()
        if between_messages:
            patience, is_idle = time.monotonic() + self._limits.idle_seconds, False
            while not self._transport.readable(_SLICE):
                if not is_idle:
                    self._house.when_idle()
                    is_idle = True
                if self._house.stop.is_set():
                    raise Abort(REASON_NOT_SPECIFIED, source=SERVICE_USER)
                if time.monotonic() > patience:
                    raise Stalled
        return self._transport.read_pdu()

    def _answer(self, context_id: int, request: Request) -> None:
        """Perform a request and send its responses, looking for a C-CANCEL between them."""
        if request.command.field == Field.C_CANCEL:
            return  # of something that was answered already
        if request.command.field & command.RESPONSE:
            raise ProtocolFault
        self._house.before_operation()
        operation = self._contexts[context_id].service.operations.get(request.command.field)
        self._conversation.begin(request.command)
        request.conversation = self._conversation
        with closing(self._responses(operation, request)) as responses:
            for response in responses:
                pending = response.status in PENDING
                if pending and self._must_cancel(operation, request.command):
                    self._respond(context_id, request, Response(status=CANCELLED))
                    break
                self._respond(context_id, request, response)
                if not pending:
                    break
        if operation is not None and operation.afterwards is not None:
            self._follow_up(operation.afterwards, request)
        if self._house.stop.is_set():
            raise Abort(REASON_NOT_SPECIFIED, source=SERVICE_USER)

    def _responses(
        self, operation: Operation | None, request: Request
    ) -> Generator[Response, None, None]:
        if operation is None:
            yield Response(status=UNRECOGNISED_OPERATION)
            return
        if isinstance(request.sink, FailedSink):
            yield operation.failure(request.sink.error)
            return
        try:
            yield from operation.perform(request)
        except _OVER:
            raise
        except Exception as error:  # noqa: BLE001 - outermost: the caller must get an answer
            yield operation.failure(error)

    def _follow_up(self, afterwards: Callable[[Request], None], request: Request) -> None:
        try:
            afterwards(request)
        except HubError as error:
            logger.warning("dimse.follow_up.failed", extra={"code": error.error_code})

    def _respond(self, context_id: int, request: Request, response: Response) -> None:
        self._transport.send(
            encode_response(
                request=request,
                response=response,
                context_id=context_id,
                max_length=self._max_length,
            )
        )

    def _must_cancel(self, operation: Operation | None, asked: CommandSet) -> bool:
        if operation is not None and operation.sees_cancel:
            return False
        return self._conversation.was_cancelled or self._is_cancelled(asked)

    def _is_cancelled(self, asked: CommandSet) -> bool:
        while self._has_room_ahead() and self._transport.readable(0):
            kind, body = self._transport.read_pdu(apart=True)
            if kind == Pdu.ABORT:
                raise Ended
            if kind == Pdu.DATA and _cancels(body, asked.message_id):
                return True
            self._ahead.append((kind, body))
        return False

    def _has_room_ahead(self) -> bool:
        held = sum(len(body) for _, body in self._ahead)
        return len(self._ahead) < _AHEAD and held < self._limits.max_pdu

    def _say_goodbye(self, pdu: bytes) -> None:
        """Send the last PDU; Sta13: wait for the caller to close, within ARTIM."""
        self._house.when_idle()
        with suppress(PeerClosed, Stalled, PduTooLong):
            if pdu[0] == Pdu.ABORT:
                self._transport.last_word(pdu)
            else:
                self._transport.send(pdu)
            self._transport.finish_sending()
            self._await_close()

    def _await_close(self) -> None:
        deadline = time.monotonic() + self._limits.artim_seconds
        while time.monotonic() < deadline and not self._house.stop.is_set():
            if self._transport.readable(_SLICE):
                left = max(0.01, deadline - time.monotonic())
                self._transport.read_pdu(within=left)  # AA-6: what still comes is ignored


def _cancels(body: memoryview, message_id: int) -> bool:
    try:
        pieces = list(fragments(body))
        asked = command.decode(bytes(pieces[0][2])) if len(pieces) == 1 else None
    except (ProtocolFault, InvalidCommand):
        return False
    return (
        asked is not None
        and pieces[0][1] == 3
        and asked.field == Field.C_CANCEL
        and asked.message_id == message_id
    )
