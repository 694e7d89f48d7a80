"""DIMSE requests and responses, and the operations that turn one into the other (PS3.7)."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from archive.upper_layer import command
from archive.upper_layer.command import CommandSet, Element
from archive.upper_layer.pdus import command_pdus, data_pdus
from pacs_hub.kernel.errors import Malformed

SUCCESS: Final = 0x0000
CANCELLED: Final = 0xFE00
PENDING: Final = frozenset({0xFF00, 0xFF01})
UNRECOGNISED_OPERATION: Final = 0x0211


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who is on the other side, with what the site says about them and itself.

    `options` are the policies and habits of this peer; tables the site gives for all are in them.
    """

    calling_ae: str
    called_ae: str
    address: str
    character_set: str = ""
    time_zone: str = "UTC"
    default_issuer: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)


class DataSink(Protocol):
    """Where the data set of a request goes while it arrives."""

    def write(self, data: memoryview) -> None:
        """Take the next fragment."""

    def discard(self) -> None:
        """Forget it: the message was not completed, or not taken."""


MOST_OF_IDENTIFIER: Final = 2_097_152  # bytes; thirty thousand UIDs


class MemorySink:
    """Keeps a small data set in memory."""

    def __init__(self, limit: int = 16_777_216) -> None:
        self._data = io.BytesIO()
        self._limit = limit

    def write(self, data: memoryview) -> None:
        """Take the next fragment.

        Raises:
            Malformed: the data set is longer than any of its kind.
        """
        if self._data.tell() + len(data) > self._limit:
            raise Malformed("the data set is too long", code="data-set-too-long")
        self._data.write(data)

    def discard(self) -> None:
        """Forget what came."""
        self._data = io.BytesIO()

    def getvalue(self) -> bytes:
        """Return all of it."""
        return self._data.getvalue()


@dataclass(frozen=True, kw_only=True)
class Message:
    """A whole message with a small data set, as it came."""

    context_id: int
    command: CommandSet
    data_set: bytes = b""

    @property
    def status(self) -> int:
        """Status (0000,0900) of a response."""
        return self.command.number(Element.STATUS)


class Conversation(Protocol):
    """The association of a request, for operations that ask the caller something themselves."""

    @property
    def contexts(self) -> Mapping[int, Context]:
        """The accepted contexts by id, and which of them the caller performs (SCP role)."""

    def asking(
        self,
        *,
        context_id: int,
        command: Mapping[int, bytes],
        data_set: Iterable[bytes] | None = None,
        seconds: float = 0.0,
    ) -> Generator[None, None, Message]:
        """Send a request and return its response; yields now and then while that takes time.

        `command` lacks Message ID and Data Set Type, which are ours to give; `seconds` is how
        long the caller may think about it, 0 for the usual time.
        """

    def first_time(self, what: str) -> bool:
        """Say whether `what` was not asked about before on this association."""

    def is_cancelled(self) -> bool:
        """Say whether the caller has asked to cancel the request in hand (PS3.7 9.3.2.3)."""


@dataclass(kw_only=True)
class Request:
    """One request in hand; `sink` is what the operation opened for its data set, if any.

    `extended` is what the caller said of its SOP class when the association was made
    (PS3.7 D.3.3.5), empty where it said nothing.
    """

    caller: Caller
    command: CommandSet
    abstract_syntax: str
    transfer_syntax: str
    sink: DataSink | None = None
    extended: bytes = b""
    conversation: Conversation | None = None

    def data_set(self) -> bytes:
        """Return the data set of a request that was kept in memory."""
        return self.sink.getvalue() if isinstance(self.sink, MemorySink) else b""


@dataclass(frozen=True, kw_only=True)
class Response:
    """One response; pending ones carry a data set, the last one usually does not."""

    status: int
    data_set: bytes = b""
    comment: str = ""
    error_id: int | None = None
    elements: Mapping[int, bytes] = field(default_factory=dict)


def _in_memory(_: Request) -> DataSink:
    return MemorySink()


def identifier_sink(_: Request) -> DataSink:
    """Open where the identifier of a query or retrieve goes."""
    return MemorySink(MOST_OF_IDENTIFIER)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """How one DIMSE operation is answered: by zero or more pending responses and a last one.

    `perform` may raise; `failure` turns what it raised into the last response. One that
    `sees_cancel` asks its conversation about C-CANCEL and gives the last response itself.
    `afterwards` is called when the last response is out.
    """

    perform: Callable[[Request], Iterator[Response]]
    failure: Callable[[Exception], Response]
    open_sink: Callable[[Request], DataSink] = _in_memory
    sees_cancel: bool = False
    afterwards: Callable[[Request], None] | None = None


@dataclass(frozen=True, kw_only=True)
class Service:
    """What we offer on one abstract syntax: transfer syntaxes by preference, and operations.

    `extended` answers the caller's application information (PS3.7 D.3.3.5). The roles say
    what a caller may take who asks for them (PS3.7 D.3.3.4): use of us, or to perform itself.
    """

    transfer_syntaxes: tuple[str, ...]
    operations: Mapping[int, Operation]
    extended: Callable[[bytes], bytes] | None = None
    caller_may_use: bool = True
    caller_may_perform: bool = False


@dataclass(frozen=True, kw_only=True)
class Context:
    """An accepted presentation context; `caller_performs` where the caller has the SCP role."""

    abstract_syntax: str
    transfer_syntax: str
    service: Service
    extended: bytes = b""
    caller_performs: bool = False


def encode_response(
    *, request: Request, response: Response, context_id: int, max_length: int
) -> bytes:
    """Return the P-DATA-TF PDUs of a response, cut to what the peer takes (0: any length)."""
    asked = request.command
    values: dict[int, bytes] = {
        Element.AFFECTED_SOP_CLASS_UID: command.ui(asked.sop_class_uid or request.abstract_syntax),
        Element.COMMAND_FIELD: command.us(asked.field | command.RESPONSE),
        Element.MESSAGE_ID_RESPONDED_TO: command.us(asked.message_id),
        Element.DATA_SET_TYPE: command.us(1 if response.data_set else command.NO_DATA_SET),
        Element.STATUS: command.us(response.status),
    }
    if asked.sop_instance_uid:
        values[Element.AFFECTED_SOP_INSTANCE_UID] = command.ui(asked.sop_instance_uid)
    if response.comment:
        values[Element.ERROR_COMMENT] = command.lo(response.comment)
    if response.error_id is not None:
        values[Element.ERROR_ID] = command.us(response.error_id)
    values.update(response.elements)
    encoded = command_pdus(context_id, command.encode(values), max_length=max_length)
    if response.data_set:
        encoded += b"".join(data_pdus(context_id, (response.data_set,), max_length=max_length))
    return encoded
