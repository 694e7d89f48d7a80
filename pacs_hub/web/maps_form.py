"""The form of one override: what it offers, and what a person wrote into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from integrations.hl7.maps import registry
from integrations.hl7.maps.overrides import ACTIONS, KINDS, Override
from pacs_hub.access.queries import hl7_peers

TITLES: Final[dict[str, str]] = {
    "move": "Take a field from another place",
    "default": "Say what a field is where none is sent",
    "constant": "Say what a field always is",
    "code": "Read one of their codes as one of ours",
    "filter": "Leave messages out, or give them to a person",
}
ACTION_WORDS: Final[dict[str, str]] = {
    "ignore": "leave it out",
    "hold": "give it to a person",
    "accept": "take it, whatever the filters below say",
}


def senders() -> list[str]:
    """Return the names of the peers that send to us."""
    return sorted({peer.name for peer in hl7_peers() if peer.direction == "in"})


def form_of(draft: Sequence[Override], *, kind: str, name: str) -> dict[str, Any] | None:
    """Return the form to show: of the override of that name, or empty for a new one of a kind."""
    known = next((row for row in draft if row.name == name), None) if name else None
    if known is None and kind not in KINDS:
        return None
    row = known or Override(name="", peer="*", kind=kind)
    return {
        "row": row,
        "title": TITLES[row.kind],
        "target": f"{row.map}.{row.field}",
        "sources": ", ".join(row.sources),
        "equals": ", ".join(row.equals),
        "fields": {name: registry.fields(name) for name in registry.MAPS},
        "tables": registry.code_tables(),
        "actions": [(action, ACTION_WORDS[action]) for action in ACTIONS],
        "instead_of": known.name if known is not None else "",
        "problems": {},
    }


def override_of(said: Mapping[str, str]) -> Override:
    """Return what a person wrote; whether it fits is asked later."""
    kind, target = said.get("kind", ""), said.get("target", "")
    has_target = kind in ("move", "default", "constant")
    map_name, _, field = target.partition(".") if has_target else ("", "", "")
    path = said.get("path", "").strip()
    return Override(
        name=said.get("name", "").strip()[:80],
        peer=said.get("peer", "").strip()[:80],
        kind=kind[:10],
        map=map_name,
        field=field,
        sources=_listed(said.get("sources", "")),
        value=said.get("value", "").strip()[:300],
        table=said.get("table", "").strip()[:20],
        code=said.get("code", "").strip()[:300],
        becomes=said.get("becomes", "").strip()[:300],
        message=said.get("message", "").strip().upper()[:7],
        path=path[:20],
        equals=(_listed(said.get("equals", "")) or ("",)) if path else (),
        action=said.get("action", "")[:10],
        note=said.get("note", "").strip()[:300],
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip()[:300] for part in text.split(",") if part.strip())
