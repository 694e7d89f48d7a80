"""Give a message to its handler as the site says its sender means it: the one place for that."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.db import transaction

from integrations.hl7.inbound.context import Context, Effect, Handle, Held, Outcome
from integrations.hl7.inbound.filing import without_files
from integrations.hl7.inbox.map_models import MapOverride
from integrations.hl7.maps import registry
from integrations.hl7.maps.overrides import Override, filtered
from integrations.hl7.maps.rows import READING, Reading
from integrations.hl7.message import Message

BELIEVED_SECONDS: Final = 2.0
"""How long another process may go on with the overrides before; a message costs no query."""

LISTS: Final = ("sources", "equals")
Overrides = tuple[Override, ...]


class _Memory:
    """The overrides in force, and what was made ready of them, peer by peer."""

    def __init__(self) -> None:
        self.until = 0.0
        self.rows: Overrides = ()
        self.ready: dict[str, registry.Ready | None] = {}

    def of(self, peer: str) -> registry.Ready | None:
        now = time.monotonic()
        if now >= self.until:
            rows = in_force()
            if rows != self.rows:
                self.rows, self.ready = rows, {}
            self.until = now + BELIEVED_SECONDS
        if peer not in self.ready:
            self.ready[peer] = registry.ready(self.rows, peer=peer)
        return self.ready[peer]


_MEMORY = _Memory()
_TRIED: ContextVar[Overrides | None] = ContextVar("tried", default=None)
_TOLD: ContextVar[list[Any] | None] = ContextVar("told", default=None)


def handled(handle: Handle, message: Message, context: Context) -> Outcome | tuple[Effect, ...]:
    """Apply a message by its handler, with the rows and filters the site has for its sender.

    Raises:
        Held: a filter gives the message to a person; and whatever the handler raises.
    """
    tried, told = _TRIED.get(), _TOLD.get()
    peer = context.peer.name
    site = _MEMORY.of(peer) if tried is None else registry.ready(tried, peer=peer)
    if site is None and told is None:
        return handle(message, context)
    chosen = filtered(message, site.filters) if site is not None else None
    if chosen is not None and chosen.action == "ignore":
        return (Effect("filter", None, f"left out by the site's filter {chosen.name}"),)
    if chosen is not None and chosen.action == "hold" and not context.forced:
        raise Held(f"held by the site's filter {chosen.name}", field=chosen.path)
    reading = site.reading if site is not None else Reading()
    before = READING.set(dataclasses.replace(reading, told=told))
    try:
        return handle(message, context)
    finally:
        READING.reset(before)


@contextmanager
def trying(overrides: Sequence[Override] | None) -> Iterator[list[Any]]:
    """Read messages by these overrides (None: those in force), and tell what was read.

    For rehearsals: what is read is told as (table of rows, fields) in the list that is yielded.
    """
    told: list[Any] = []
    tried = _TRIED.set(tuple(overrides) if overrides is not None else None)
    heard = _TOLD.set(told)
    try:
        with without_files():
            yield told
    finally:
        _TOLD.reset(heard)
        _TRIED.reset(tried)


def in_force() -> Overrides:
    """Return the overrides of the site file that was applied last."""
    return tuple(from_row(row) for row in MapOverride.objects.values_list("said", flat=True))


def replace_overrides(overrides: Sequence[Override]) -> None:
    """Make these the overrides in force; they were checked by whoever read them."""
    with transaction.atomic():
        MapOverride.objects.all().delete()
        MapOverride.objects.bulk_create(
            MapOverride(position=n, name=o.name, peer=o.peer, said=as_row(o))
            for n, o in enumerate(overrides)
        )
    forget()


def forget() -> None:
    """Ask for the overrides again at the next message of this process."""
    _MEMORY.until = 0.0


def as_row(override: Override) -> dict[str, Any]:
    """Return the valued parts of an override as JSON."""
    said = dataclasses.asdict(override)
    return {k: list(v) if isinstance(v, tuple) else v for k, v in said.items() if v}


def from_row(said: Mapping[str, Any]) -> Override:
    """Return the override of `as_row`."""
    parts: dict[str, Any] = {k: tuple(v) if k in LISTS else v for k, v in said.items()}
    return Override(**parts)
