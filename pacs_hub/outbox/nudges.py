"""Ask the worker to look now: from a thread of its own, a burst of commits as one nudge."""

from __future__ import annotations

import logging
import threading
import time
from typing import Final

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

PAUSE_SECONDS: Final = 0.02
SILENCE_AFTER_FAILURE_SECONDS: Final = 1.0
NUDGE_LIVES_SECONDS: Final = 30
"""A sweep has done the work long before; without a worker nudges must not pile up in the broker."""


class Nudger:
    """Sends tasks by name, each at most once in `PAUSE_SECONDS`; losing one loses nothing.

    A commit costs the caller nothing more, whatever the broker does: one that is away is left
    alone for a second.
    """

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._lock = threading.Lock()
        self._something = threading.Event()
        self._thread: threading.Thread | None = None

    def nudge(self, task_name: str) -> None:
        """Have `task_name` sent soon."""
        with self._lock:
            self._wanted.add(task_name)
            if self._thread is None or not self._thread.is_alive():  # first use, or after a fork
                self._thread = threading.Thread(target=self._run, name="nudges", daemon=True)
                self._thread.start()
        self._something.set()

    def _run(self) -> None:
        while True:
            self._something.wait()
            self._something.clear()
            with self._lock:
                names, self._wanted = self._wanted, set()
            time.sleep(PAUSE_SECONDS if self._send(names) else SILENCE_AFTER_FAILURE_SECONDS)

    def _send(self, names: set[str]) -> bool:
        for name in sorted(names):
            try:
                current_app.send_task(
                    name, ignore_result=True, retry=False, expires=NUDGE_LIVES_SECONDS
                )
            except (OperationalError, OSError) as error:
                extra = {"task": name, "reason": str(error)}
                logger.warning("outbox.nudge.failed", extra=extra)
                return False
        return True


NUDGER: Final = Nudger()
"""The one of this process."""
