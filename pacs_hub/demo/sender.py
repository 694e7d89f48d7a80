"""An HL7 system of the simulated hospital that sends: one connection, opened again when lost."""

from __future__ import annotations

import itertools
import logging
import threading
from typing import Final

from integrations.hl7.mllp.client import MllpClient
from pacs_hub.demo import messages
from pacs_hub.demo.doors import Doors
from pacs_hub.kernel.errors import Unavailable

logger = logging.getLogger(__name__)

PAUSES_SECONDS: Final = (0.5, 1, 2, 4)
LONGEST_PAUSE_SECONDS: Final = 8


class Sender:
    """Sends one message after another and waits for each answer, as an interface engine does."""

    def __init__(self, *, name: str, doors: Doors, stop: threading.Event) -> None:
        self._name = name
        self._doors = doors
        self._stop = stop
        self._lock = threading.Lock()
        self._client: MllpClient | None = None

    def send(self, content: bytes) -> bool:
        """Send until it is answered or we stop; say whether it was accepted."""
        with self._lock:
            for pause in itertools.chain(PAUSES_SECONDS, itertools.repeat(LONGEST_PAUSE_SECONDS)):
                try:
                    return self._accepted(self._ask(content))
                except Unavailable as error:
                    self._hang_up()
                    logger.info(
                        "demo.hl7.not.answered", extra={"peer": self._name, "code": error.code}
                    )
                if self._stop.wait(pause):
                    break
        return False

    def _ask(self, content: bytes) -> bytes:
        if self._client is None:
            self._client = MllpClient(host=self._doors.host, port=self._doors.mllp_port)
        return self._client.ask(content, answers=lambda _frame: True)

    def _accepted(self, frame: bytes) -> bool:
        answer = messages.read(frame)
        verdict = answer.get("MSA-1")
        if verdict not in ("AA", "CA"):
            reason = answer.get("ERR-3.1")
            facts = {"peer": self._name, "verdict": verdict, "reason": reason}
            logger.warning("demo.hl7.refused", extra=facts)
        return verdict in ("AA", "CA")

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
