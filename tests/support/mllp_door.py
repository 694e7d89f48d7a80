"""The real MLLP listener in this process, on a free port."""

from __future__ import annotations

import asyncio
import queue
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from integrations.hl7.mllp.server import Limits
from pacs_hub.access.models import Hl7Peer, Site
from pacs_hub.processes.mllp_listener import Listener

LISTENER_PROCESS = """
import signal, sys, threading, django
django.setup()
from django.core.management import call_command
from pacs_hub.access.services import replace_peers, set_site
from pacs_hub.processes import mllp_listener
call_command("migrate", verbosity=0, skip_checks=True)
set_site(name="General Hospital", facility="GH", time_zone="UTC", default_issuer="GH")
peer = {"name": "HIS", "direction": "in", "application": "HIS", "facility": "GH"}
replace_peers(dicom=(), hl7=[{**peer, "address": ["*"]}], fhir=())
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
mllp_listener.serve(stop)
"""
"""Python code that is the MLLP process of an embedded hub, its sender configured."""


@contextmanager
def listening(*, limits: Limits | None = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run the listener and yield its port; needs a database other threads can see."""
    stop = threading.Event()
    ports: queue.Queue[int] = queue.Queue()

    def run() -> None:
        listener = Listener(limits=limits)
        asyncio.run(listener.run(stop, host="127.0.0.1", doors=[(0, tls)], ready=ports.put))

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
