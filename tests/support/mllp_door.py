"""The real MLLP listener in this process, on a free port."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from integrations.hl7.mllp.server import Limits
from pacs_hub.access.models import Hl7Peer, Site
from pacs_hub.processes.mllp_listener import Listener


@contextmanager
def listening(*, limits: Limits | None = None) -> Iterator[int]:
    """Run the listener and yield its port; needs a database other threads can see."""
    stop = threading.Event()
    ports: queue.Queue[int] = queue.Queue()

    def run() -> None:
        listener = Listener(limits=limits)
        asyncio.run(listener.run(stop, host="127.0.0.1", port=0, ready=ports.put))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ports.get(timeout=10)
    finally:
        stop.set()
        thread.join(timeout=20)


def a_site() -> Site:
    """Set up General Hospital."""
    return Site.objects.create(
        pk=1,
        name="General Hospital",
        facility="GH",
        time_zone="Europe/Paris",
        default_issuer="GH",
    )


def a_sender(**over: Any) -> Hl7Peer:
    """Let the HIS send from this machine."""
    row = {
        "name": "HIS",
        "direction": "in",
        "application": "HIS",
        "facility": "GH",
        "address": ["127.0.0.1"],
    }
    return Hl7Peer.objects.create(**(row | over))


def a_receiver(*, port: int, **over: Any) -> Hl7Peer:
    """Send to a billing system on `port`."""
    row = {
        "name": "BILLING",
        "direction": "out",
        "application": "BILL",
        "facility": "GH",
        "host": "127.0.0.1",
        "port": port,
        "messages": ["DFT^P03"],
    }
    return Hl7Peer.objects.create(**(row | over))
