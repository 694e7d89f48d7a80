"""One DICOM process: accept associations on the shared port until told to stop."""

from __future__ import annotations

import functools
import gc
import logging
import threading
from collections.abc import Iterator
from socket import socket
from ssl import SSLContext
from typing import Final

from django.conf import settings
from django.db import close_old_connections, connections

from archive.dimse.admission import admit
from archive.storage.current import sweep_stale_spools
from archive.upper_layer.acceptor import Acceptor, listen
from pacs_hub.processes import tls
from pacs_hub.wiring.dimse import OFFERS

logger = logging.getLogger(__name__)

GARBAGE_AFTER: Final = 10_000


def serve(stop: threading.Event, *, listener: socket | None = None) -> None:
    """Serve every DIMSE service on HUB_DICOM_PORT; several processes may, side by side.

    HUB_DICOM_TLS_PORT is the same inside TLS, in a thread of its own.
    """
    sweep_stale_spools()
    gc.collect()
    gc.freeze()  # what was loaded stays: looking through it again and again is a part of each store
    gc.set_threshold(GARBAGE_AFTER)
    doors = [_acceptor(stop, listener)] if listener else list(_configured(stop))
    others = [threading.Thread(target=door.serve, name="dicom-tls") for door in doors[1:]]
    for thread in others:
        thread.start()
    doors[0].serve()
    for thread in others:
        thread.join()


def _configured(stop: threading.Event) -> Iterator[Acceptor]:
    if settings.HUB_DICOM_PORT:
        yield _acceptor(stop, listen(host=settings.HUB_BIND, port=settings.HUB_DICOM_PORT))
    if settings.HUB_DICOM_TLS_PORT:
        context = tls.server_context()
        door = listen(host=settings.HUB_BIND, port=settings.HUB_DICOM_TLS_PORT)
        yield _acceptor(stop, door, context=context)


def _acceptor(
    stop: threading.Event, listener: socket, *, context: SSLContext | None = None
) -> Acceptor:
    facts = {"port": listener.getsockname()[1], "tls": context is not None}
    logger.info("dimse.acceptor.listening", extra=facts)
    return Acceptor(
        listener=listener,
        admit=functools.partial(admit, offers=OFFERS),
        stop=stop,
        tls=context,
        before_operation=close_old_connections,  # one that broke, or grew too old
        when_idle=connections.close_all,  # modalities stay for hours, connections are few
    )
