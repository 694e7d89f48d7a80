"""How many associations are open, in all and for each caller."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from archive.upper_layer.negotiation import LOCAL_LIMIT_EXCEEDED, Rejected


class Slots:
    """Counts of open associations of one process."""

    def __init__(self, *, total: int, per_ae: int) -> None:
        self._total = total
        self._per_ae = per_ae
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, calling_ae: str) -> Iterator[None]:
        """Hold one place for `calling_ae`.

        Raises:
            Rejected: there is none left (PS3.8 9.3.4: local limit exceeded).
        """
        with self._lock:
            if self._open.total() >= self._total or self._open[calling_ae] >= self._per_ae:
                raise Rejected(*LOCAL_LIMIT_EXCEEDED)
            self._open[calling_ae] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[calling_ae] -= 1
                if not self._open[calling_ae]:
                    del self._open[calling_ae]
