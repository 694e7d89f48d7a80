"""A handler of HL7 v2 messages as the inbox calls it, without the inbox."""

from __future__ import annotations

from typing import Any

from integrations.hl7.inbound.context import Context, Effect, Handle, Hl7Link, Outcome
from integrations.hl7.message import Message
from pacs_hub.kernel.origin import Origin
from tests.support.builders import MORNING, SITE

LINK = Hl7Link(name="HIS")


def handled(handle: Handle, text: str, **over: Any) -> tuple[Effect, ...]:
    """Apply a message and return its effects; what the handler raises is raised."""
    context = {
        "origin": Origin.over_hl7(peer="HIS", address="", message_id=1, correlation_id="c1"),
        "site": SITE,
        "received_at": MORNING,
        "peer": LINK,
    }
    found = handle(Message(text), Context(**(context | over)))
    return found.effects if isinstance(found, Outcome) else found


def told(effects: tuple[Effect, ...]) -> list[tuple[str, str]]:
    """Return what each effect is and says."""
    return [(effect.what, effect.text) for effect in effects]
