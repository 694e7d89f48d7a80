"""What a handler is given beside the message, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.hl7.message import Message
from pacs_hub.access.queries import SiteFacts
from pacs_hub.kernel.origin import Origin


@dataclass(frozen=True, kw_only=True)
class Context:
    """Who sent the message, where we are, and when it came."""

    origin: Origin
    site: SiteFacts
    received_at: datetime


@dataclass(frozen=True)
class Effect:
    """One thing the message did, in plain words; `what` and `id` name the row."""

    what: str
    id: int | None
    text: str

    def row(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"what": self.what, "id": self.id, "text": self.text}


def warning(text: str) -> Effect:
    """Say that a part of the message was not applied, and why."""
    return Effect("warning", None, text)


Handle = Callable[[Message, Context], tuple[Effect, ...]]
"""Applies one message, in the caller's transaction; raises an error family to refuse it."""
