"""Putting messages together again from the fragments of P-DATA-TF PDUs (PS3.8 Annex E)."""

from __future__ import annotations

import contextlib
import logging
import struct
from collections.abc import Iterator, Mapping

from archive.upper_layer import command
from archive.upper_layer.command import InvalidCommand
from archive.upper_layer.limits import Limits
from archive.upper_layer.messages import Caller, Context, DataSink, Request
from archive.upper_layer.pdus import IS_COMMAND, IS_LAST
from pacs_hub.kernel.errors import HubError, Unavailable

logger = logging.getLogger(__name__)


class ProtocolFault(Exception):
    """The peer broke PS3.7 or PS3.8 in a way that leaves nothing to answer."""


def fragments(body: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """Yield context id, control header and fragment of each PDV (PS3.8 9.3.5.1).

    Raises:
        ProtocolFault: the lengths do not add up.
    """
    position, end = 0, len(body)
    if not end:
        raise ProtocolFault
    while position < end:
        if end - position < 6:
            raise ProtocolFault
        length, context_id, control = struct.unpack_from(">IBB", body, position)
        after = position + 4 + length
        if length < 2 or after > end:
            raise ProtocolFault
        yield context_id, control, body[position + 6 : after]
        position = after


class FailedSink:
    """Stands in for a sink that broke: swallows the rest and remembers why."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def write(self, data: memoryview) -> None:
        """Swallow `data`."""

    def discard(self) -> None:
        """Nothing was kept."""


class MessageIntake:
    """Collects one message after the other; the data set goes straight to its sink."""

    def __init__(self, *, contexts: Mapping[int, Context], caller: Caller, limits: Limits) -> None:
        self._contexts = contexts
        self._caller = caller
        self._limits = limits
        self._command = b""
        self._context_id = 0
        self._request: Request | None = None
        self._size = 0

    @property
    def is_idle(self) -> bool:
        """True between messages."""
        return self._request is None and not self._command

    def take(self, context_id: int, control: int, fragment: memoryview) -> Request | None:
        """Take one fragment; returns the request when its last one has come.

        Raises:
            ProtocolFault: the fragment does not belong here, or is not a command set.
        """
        if context_id not in self._contexts:
            raise ProtocolFault
        if not self.is_idle and context_id != self._context_id:
            raise ProtocolFault
        self._context_id = context_id
        if control & IS_COMMAND:
            return self._take_command(context_id, control, fragment)
        if self._request is None:
            raise ProtocolFault
        self._write(self._request, fragment)
        return self._completed() if control & IS_LAST else None

    def discard(self) -> None:
        """Forget a message that will not be completed."""
        if self._request is not None and self._request.sink is not None:
            self._request.sink.discard()
        self._request, self._command = None, b""

    def _take_command(self, context_id: int, control: int, fragment: memoryview) -> Request | None:
        if (
            self._request is not None
            or len(self._command) + len(fragment) > self._limits.max_command
        ):
            raise ProtocolFault
        self._command += fragment
        if not control & IS_LAST:
            return None
        try:
            decoded = command.decode(self._command)
        except InvalidCommand as error:
            raise ProtocolFault from error
        self._command = b""
        context = self._contexts[context_id]
        self._request = Request(
            caller=self._caller,
            command=decoded,
            abstract_syntax=context.abstract_syntax,
            transfer_syntax=context.transfer_syntax,
            extended=context.extended,
        )
        if not decoded.has_data_set:
            return self._completed()
        self._request.sink = self._opened(context, self._request)
        self._size = 0
        return None

    def _opened(self, context: Context, request: Request) -> DataSink:
        operation = context.service.operations.get(request.command.field)
        if operation is None:
            return FailedSink(Unavailable("no such operation"))
        try:
            return operation.open_sink(request)
        except (HubError, OSError) as error:
            return FailedSink(_told(error))

    def _write(self, request: Request, fragment: memoryview) -> None:
        if request.sink is None:
            raise ProtocolFault
        self._size += len(fragment)
        if self._size > self._limits.max_spooled:
            raise ProtocolFault
        try:
            request.sink.write(fragment)
        except (HubError, OSError) as error:
            with contextlib.suppress(OSError):
                request.sink.discard()
            request.sink = FailedSink(_told(error))

    def _completed(self) -> Request | None:
        request, self._request = self._request, None
        return request


def _told(error: HubError | OSError) -> HubError:
    if isinstance(error, HubError):
        return error
    logger.error("dimse.spool.failed", extra={"errno": error.errno})
    return Unavailable("no room to receive", code="no-room")
