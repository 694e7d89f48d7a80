"""An acceptor without a hub behind it: lets everybody in, echoes, counts, gives back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

from archive.upper_layer.acceptor import Acceptor, listen
from archive.upper_layer.command import Element, Field, ui
from archive.upper_layer.limits import Limits
from archive.upper_layer.messages import Caller, Message, Operation, Request, Response, Service
from archive.upper_layer.negotiation import Admission, AssociateRequest

VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STUDY_ROOT_GET = "1.2.840.10008.5.1.4.1.2.2.3"
CT = "1.2.840.10008.5.1.4.1.1.2"
OBJECT = b"\x08\0\x16\0UI\0\0" * 5_000  # what a C-GET gives back, three times
IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"


def _echo(request: Request) -> Iterator[Response]:
    if request.command.message_id == 666:
        raise RuntimeError("a bug of ours")
    yield Response(status=0)


def _count(request: Request) -> Iterator[Response]:
    """Answer with the data set of the request, over and over."""
    for _ in range(10_000):
        yield Response(status=0xFF00, data_set=request.data_set())
    yield Response(status=0)


def _give(request: Request) -> Iterator[Response]:
    """Store OBJECT with the caller three times, then tell the statuses it answered."""
    conversation = request.conversation
    assert conversation is not None
    back = [number for number, c in conversation.contexts.items() if c.caller_performs]
    statuses = []
    for _ in range(3):
        if conversation.is_cancelled():
            yield Response(status=0xFE00, comment=f"after {statuses}")
            return
        answer = _finished(
            conversation.asking(
                context_id=back[0],
                command={
                    Element.COMMAND_FIELD: b"\1\0",
                    Element.AFFECTED_SOP_CLASS_UID: ui(CT),
                    Element.AFFECTED_SOP_INSTANCE_UID: ui("1.2.3"),
                },
                data_set=(OBJECT[:7], OBJECT[7:]),
            )
        )
        statuses.append(answer.status)
        yield Response(status=0xFF00)
    yield Response(status=0, comment=f"{statuses} {request.extended.hex()}")


def _finished(asking: Generator[None, None, Message]) -> Message:
    while True:
        try:
            next(asking)
        except StopIteration as end:
            answer: Message = end.value
            return answer


def _failure(error: Exception) -> Response:
    return Response(status=0x0110, comment=type(error).__name__)


SERVICES = {
    VERIFICATION: {Field.C_ECHO: Operation(perform=_echo, failure=_failure)},
    STUDY_ROOT_FIND: {Field.C_FIND: Operation(perform=_count, failure=_failure)},
    STUDY_ROOT_GET: {Field.C_GET: Operation(perform=_give, failure=_failure, sees_cancel=True)},
    CT: {},
}


def admit(request: AssociateRequest) -> Admission:
    """Let everybody in."""
    caller = Caller(
        calling_ae=request.calling_ae, called_ae=request.called_ae, address=request.address
    )
    services = {
        uid: Service(
            transfer_syntaxes=(EXPLICIT, IMPLICIT),
            operations=SERVICES[uid],
            extended=lambda asked: asked[:1] + b"\0" if asked else b"",
            caller_may_perform=uid == CT,
        )
        for uid in request.abstract_syntaxes
        if uid in SERVICES
    }
    return Admission(caller=caller, services=services)


@contextmanager
def acceptor(
    limits: Limits,
    *,
    stop: threading.Event | None = None,
    when_idle: Callable[[], None] = lambda: None,
) -> Iterator[int]:
    """Run an acceptor on a free port; yields the port."""
    stop = stop or threading.Event()
    listener = listen(host="127.0.0.1", port=0)
    port = listener.getsockname()[1]
    server = threading.Thread(
        target=Acceptor(
            listener=listener, admit=admit, stop=stop, limits=limits, when_idle=when_idle
        ).serve
    )
    server.start()
    try:
        yield port
    finally:
        stop.set()
        server.join(15)
        assert not server.is_alive()
