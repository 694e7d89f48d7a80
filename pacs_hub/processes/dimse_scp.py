"""One DICOM process: accept associations on the shared port until told to stop."""

from __future__ import annotations

import functools
import gc
import logging
import threading
from socket import socket
from typing import Final

from django.conf import settings
from django.db import close_old_connections, connections

from archive.dimse.admission import admit
from archive.storage.current import sweep_stale_spools
from archive.upper_layer.acceptor import Acceptor, listen
from pacs_hub.wiring.dimse import OFFERS

logger = logging.getLogger(__name__)

GARBAGE_AFTER: Final = 10_000


def serve(stop: threading.Event, *, listener: socket | None = None) -> None:
    """Serve every DIMSE service on HUB_DICOM_PORT; several processes may, side by side."""
    sweep_stale_spools()
    gc.collect()
    gc.freeze()  # what was loaded stays: looking through it again and again is a part of each store
    gc.set_threshold(GARBAGE_AFTER)
    if listener is None:
        listener = listen(host=settings.HUB_BIND, port=settings.HUB_DICOM_PORT)
    logger.info("dimse.acceptor.listening", extra={"port": listener.getsockname()[1]})
    Acceptor(
        listener=listener,
        admit=functools.partial(admit, offers=OFFERS),
        stop=stop,
        before_operation=close_old_connections,  # one that broke, or grew too old
        when_idle=connections.close_all,  # modalities stay for hours, connections are few
    ).serve()
