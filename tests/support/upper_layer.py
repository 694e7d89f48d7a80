"""An acceptor without a hub behind it: lets everybody in, answers C-ECHO and counts to C-FIND."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from archive.upper_layer.acceptor import Acceptor, listen
from archive.upper_layer.command import Field
from archive.upper_layer.limits import Limits
from archive.upper_layer.messages import Caller, Operation, Request, Response, Service
from archive.upper_layer.negotiation import Admission, AssociateRequest

VERIFICATION = "1.2.840.10008.1.1"
STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
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


def _failure(error: Exception) -> Response:
    return Response(status=0x0110, comment=type(error).__name__)


SERVICES = {
    VERIFICATION: {Field.C_ECHO: Operation(perform=_echo, failure=_failure)},
    STUDY_ROOT_FIND: {Field.C_FIND: Operation(perform=_count, failure=_failure)},
}


def admit(request: AssociateRequest) -> Admission:
    """Let everybody in."""
    caller = Caller(
        calling_ae=request.calling_ae, called_ae=request.called_ae, address=request.address
    )
    services = {
        uid: Service(transfer_syntaxes=(EXPLICIT, IMPLICIT), operations=SERVICES[uid])
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
