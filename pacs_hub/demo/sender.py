"""An HL7 system of the simulated hospital that sends: one connection, opened again when lost."""

from __future__ import annotations

import itertools
import logging
import threading
from typing import Final

from integrations.hl7.message import Message
from integrations.hl7.mllp.client import MllpClient
from pacs_hub.demo import messages
from pacs_hub.demo.doors import Doors
from pacs_hub.kernel.errors import Unavailable

logger = logging.getLogger(__name__)

PAUSES_SECONDS: Final = (0.5, 1, 2, 4)
LONGEST_PAUSE_SECONDS: Final = 8
ACCEPTED: Final = ("AA", "CA")
NOT_NOW: Final = "207"


class Sender:
    """Sends one message after another and waits for each answer, as an interface engine does."""

    def __init__(self, *, name: str, doors: Doors, stop: threading.Event) -> None:
        self._name = name
        self._doors = doors
        self._stop = stop
        self._lock = threading.Lock()
        self._client: MllpClient | None = None

    def send(self, content: bytes) -> bool:
        """Send until it is answered or we stop; say whether it was accepted.

        An answer of "not now" (ERR-3 207) is waited out some times, a real refusal is not.
        """
        with self._lock:
            patience = iter(PAUSES_SECONDS)
            for pause in itertools.chain(PAUSES_SECONDS, itertools.repeat(LONGEST_PAUSE_SECONDS)):
                try:
                    answer = messages.read(self._ask(content))
                except Unavailable as error:
                    self._hang_up()
                    facts = {"peer": self._name, "code": error.code}
                    logger.info("demo.hl7.not.answered", extra=facts)
                else:
                    if answer.get("MSA-1") in ACCEPTED:
                        return True
                    if answer.get("ERR-3.1") != NOT_NOW or next(patience, None) is None:
                        self._note_refusal(answer)
                        return False
                if self._stop.wait(pause):
                    break
        return False

    def _ask(self, content: bytes) -> bytes:
        if self._client is None:
            self._client = MllpClient(host=self._doors.host, port=self._doors.mllp_port)
        return self._client.ask(content, answers=lambda _frame: True)

    def _note_refusal(self, answer: Message) -> None:
        facts = {
            "peer": self._name,
            "verdict": answer.get("MSA-1"),
            "reason": answer.get("ERR-3.1"),
        }
        logger.warning("demo.hl7.refused", extra=facts)

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None
