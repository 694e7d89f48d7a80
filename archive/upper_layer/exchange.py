"""Requests of ours on an association, and what the peer answers (PS3.7 6.3; both sides)."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Final

from archive.upper_layer import command as command_sets
from archive.upper_layer.command import CommandSet, Element, InvalidCommand
from archive.upper_layer.intake import ProtocolFault, fragments
from archive.upper_layer.messages import PENDING, Message
from archive.upper_layer.pdus import IS_COMMAND, IS_LAST, Ended, Pdu, command_pdus, data_pdus
from archive.upper_layer.transport import Stalled, Transport
from pacs_hub.kernel.errors import HubError, Unavailable

LARGEST: Final = 1_048_576  # bytes of a data set that is answered to us
_SLICE: Final = 0.5  # seconds between two looks at whoever drives an exchange


class HalfSent(Exception):
    """The data set we were sending could not be read to its end: the peer waits for the rest."""


class PeerLeaves(Unavailable):
    """The peer released the association instead of answering."""

    code = "peer-leaves"


class Assembler:
    """Puts small messages together, in memory."""

    def __init__(self) -> None:
        self._command = b""
        self._data_set = bytearray()
        self._context_id = 0
        self._decoded: CommandSet | None = None

    def take(self, context_id: int, control: int, fragment: memoryview) -> Message | None:
        """Take one fragment; returns the message when its last one has come.

        Raises:
            ProtocolFault: the fragment does not belong here, or there is too much of it.
        """
        begun = self._decoded is not None
        if (begun or self._command) and context_id != self._context_id:
            raise ProtocolFault
        if begun == bool(control & IS_COMMAND):
            raise ProtocolFault
        if len(self._command) + len(self._data_set) + len(fragment) > LARGEST:
            raise ProtocolFault
        self._context_id = context_id
        if begun:
            self._data_set += fragment
            return self._whole() if control & IS_LAST else None
        self._command += fragment
        if not control & IS_LAST:
            return None
        try:
            self._decoded = command_sets.decode(self._command)
        except InvalidCommand as error:
            raise ProtocolFault from error
        return None if self._decoded.has_data_set else self._whole()

    def _whole(self) -> Message:
        assert self._decoded is not None
        message = Message(
            context_id=self._context_id, command=self._decoded, data_set=bytes(self._data_set)
        )
        self._command, self._data_set, self._decoded = b"", bytearray(), None
        return message


class Exchange:
    """Asks one request after the other; what comes in between goes to `between`.

    `seconds` is how long a peer may think about a request without a sign of life.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        max_length: int,
        seconds: float,
        between: Callable[[Message], None],
    ) -> None:
        self._transport = transport
        self._max_length = max_length
        self._seconds = seconds
        self._between = between
        self._assembler = Assembler()
        self._message_id = 0

    def asking(
        self,
        *,
        context_id: int,
        command: Mapping[int, bytes],
        data_set: Iterable[bytes] | None = None,
        seconds: float = 0.0,
    ) -> Generator[None, None, Message]:
        """Send a request and return its last response; yields while that takes its time.

        Raises:
            Ended, PeerClosed, Stalled, ProtocolFault, HalfSent: the association cannot go on.
            PeerLeaves: the peer released it.
        """
        yield from self._sending(context_id, command, data_set)
        answers = yield from self._answers(seconds or self._seconds)
        if len(answers) > 1:
            raise ProtocolFault
        return answers[0]

    def responses(
        self,
        *,
        context_id: int,
        command: Mapping[int, bytes],
        data_set: Iterable[bytes] | None = None,
        seconds: float = 0.0,
    ) -> Iterator[Message]:
        """Send a request of many responses (C-FIND, C-MOVE); yields them, the last not pending.

        Raises:
            Ended, PeerClosed, Stalled, ProtocolFault, HalfSent, PeerLeaves: as `asking`.
        """
        for _ in self._sending(context_id, command, data_set):
            pass
        while True:
            for message in _finished(self._answers(seconds or self._seconds)):
                yield message
                if message.status not in PENDING:
                    return

    def _sending(
        self, context_id: int, command: Mapping[int, bytes], data_set: Iterable[bytes] | None
    ) -> Generator[None, None, None]:
        self._message_id = self._message_id % 0xFFFF + 1
        values = {
            **command,
            Element.MESSAGE_ID: command_sets.us(self._message_id),
            Element.DATA_SET_TYPE: command_sets.us(
                command_sets.NO_DATA_SET if data_set is None else 1
            ),
        }
        encoded = command_sets.encode(values)
        self._transport.send(command_pdus(context_id, encoded, max_length=self._max_length))
        if data_set is not None:
            try:
                for pdus in data_pdus(context_id, data_set, max_length=self._max_length):
                    self._transport.send(pdus)
                    yield
            except (HubError, OSError) as error:
                raise HalfSent from error

    def look(self) -> None:
        """Read what has come by now, without waiting.

        Raises:
            Ended, PeerClosed, Stalled, ProtocolFault: the association cannot go on.
            PeerLeaves: the peer released it.
        """
        while self._transport.readable(0):
            for message in self._read():
                if message.command.field & command_sets.RESPONSE:
                    raise ProtocolFault
                self._between(message)

    def _answers(self, seconds: float) -> Generator[None, None, list[Message]]:
        """Wait for the next responses: one, or several that came together."""
        deadline = time.monotonic() + seconds
        while True:
            while not self._transport.readable(_SLICE):
                if time.monotonic() > deadline:
                    raise Stalled
                yield
            answers: list[Message] = []
            for message in self._read():
                if not message.command.field & command_sets.RESPONSE:
                    self._between(message)
                elif not _is_answer(message, self._message_id):
                    raise ProtocolFault
                else:
                    answers.append(message)
            if answers:
                return answers

    def _read(self) -> list[Message]:
        kind, body = self._transport.read_pdu(apart=True)
        if kind == Pdu.ABORT:
            raise Ended
        if kind == Pdu.RELEASE_RQ:
            raise PeerLeaves("the peer released the association")
        if kind != Pdu.DATA:
            raise ProtocolFault
        taken = (self._assembler.take(*piece) for piece in fragments(body))
        return [message for message in taken if message is not None]


def _finished(waiting: Generator[None, None, list[Message]]) -> list[Message]:
    while True:
        try:
            next(waiting)
        except StopIteration as end:
            answers: list[Message] = end.value
            return answers


def _is_answer(message: Message, message_id: int) -> bool:
    """Say whether it answers the request of this id, with a status as every response has."""
    try:
        return message.command.message_id == message_id and message.status >= 0
    except InvalidCommand:
        return False
