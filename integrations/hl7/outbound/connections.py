"""Connections to receivers, kept open for a while between messages and between rounds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from integrations.hl7.mllp.client import MllpClient

Hear = Callable[[str, bytes], object]
"""Takes a peer's name and a frame that came without being asked for."""


@dataclass(frozen=True)
class _Kept:
    client: MllpClient
    address: tuple[str, int, bool]
    until: float


class Connections:
    """The idle connections of this process, one for each receiver at most.

    A connection belongs to whoever took it; it is nobody's while it is kept here.
    """

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def take(self, name: str, address: tuple[str, int, bool], *, hear: Hear) -> MllpClient | None:
        """Return the connection to `name`, if one is kept and its receiver has not closed it."""
        with self._lock:
            kept = self._kept.pop(name, None)
        if kept is None:
            return None
        stands = _listen(name, kept.client, hear)
        if stands and kept.address == address and time.monotonic() < kept.until:
            return kept.client
        kept.client.close()
        return None

    def keep(
        self, name: str, address: tuple[str, int, bool], client: MllpClient, *, seconds: float
    ) -> None:
        """Keep a connection for `seconds`; 0 closes it."""
        if seconds <= 0:
            client.close()
            return
        with self._lock:
            before = self._kept.pop(name, None)
            self._kept[name] = _Kept(client, address, time.monotonic() + seconds)
        if before is not None:
            before.client.close()

    def tend(self, *, hear: Hear) -> None:
        """Hear what came on idle connections; close those of which the time or the peer is gone."""
        now = time.monotonic()
        with self._lock:
            names = list(self._kept)
        for name in names:
            with self._lock:
                kept = self._kept.pop(name, None)
            if kept is None:
                continue
            if not _listen(name, kept.client, hear) or now >= kept.until:
                kept.client.close()
                continue
            with self._lock:
                other = self._kept.setdefault(name, kept)
            if other is not kept:
                kept.client.close()

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), {}
        for one in kept:
            one.client.close()

    def __len__(self) -> int:
        return len(self._kept)


def _listen(name: str, client: MllpClient, hear: Hear) -> bool:
    frames, stands = client.heard()
    for frame in frames:
        hear(name, frame)
    return stands


CONNECTIONS: Final = Connections()
"""The one of this process."""
