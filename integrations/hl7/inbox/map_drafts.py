"""What a person is changing in the overrides, before it is in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from integrations.hl7.inbox import mapping
from integrations.hl7.inbox.map_models import MapDraft
from integrations.hl7.inbox.mapping import Overrides
from integrations.hl7.maps import registry
from integrations.hl7.maps.overrides import Override, in_words
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Malformed


class OverrideWrong(Malformed):
    """An override that fits no map, field, table or peer; `problems` has what is wrong by part."""

    code = "override-wrong"

    def __init__(self, problems: Iterable[tuple[str, str]]) -> None:
        self.problems = dict(problems)
        super().__init__("; ".join(f"{part}: {text}" for part, text in self.problems.items()))


@dataclass(frozen=True)
class Line:
    """One override of a draft beside what is in force."""

    override: Override
    state: Literal["same", "new", "changed", "removed"]

    @property
    def words(self) -> str:
        """Return what it does, in one sentence."""
        return in_words(self.override)


def draft_of(owner: str) -> Overrides:
    """Return what a person is working on; what is in force where they have not begun."""
    row = MapDraft.objects.filter(owner=owner).first()
    if row is None:
        return mapping.in_force()
    return tuple(mapping.from_row(said) for said in row.rows)


def lines(draft: Sequence[Override]) -> list[Line]:
    """Return each override of the draft, and those it takes away, with what is different."""
    before = {override.name: override for override in mapping.in_force()}
    found: list[Line] = []
    for override in draft:
        known = before.pop(override.name, None)
        if known == override:
            found.append(Line(override, "same"))
        else:
            found.append(Line(override, "new" if known is None else "changed"))
    return found + [Line(override, "removed") for override in before.values()]


def put(*, owner: str, override: Override, instead_of: str, peers: Iterable[str]) -> None:
    """Add an override to the draft, or put it in the place of the one named `instead_of`.

    Raises:
        OverrideWrong: it fits no map, field, table or peer, or its name is taken.
    """
    draft = list(draft_of(owner))
    problems = list(registry.problems(override, peers=peers))
    names = [row.name for row in draft if row.name != instead_of]
    if not override.name.strip():
        problems.append(("name", "is missing"))
    elif override.name in names:
        problems.append(("name", "is taken by another override"))
    if problems:
        raise OverrideWrong(problems)
    kept = [override if row.name == instead_of else row for row in draft]
    if override not in kept:
        kept.append(override)
    _keep(owner, kept)


def take_out(*, owner: str, name: str) -> None:
    """Take an override out of the draft."""
    _keep(owner, [row for row in draft_of(owner) if row.name != name])


def discard(*, owner: str) -> None:
    """Give up a draft; what is in force is what the next one begins with."""
    MapDraft.objects.filter(owner=owner).delete()


def _keep(owner: str, draft: Sequence[Override]) -> None:
    MapDraft.objects.update_or_create(
        owner=owner,
        defaults={"rows": [mapping.as_row(row) for row in draft], "changed_at": clock.now()},
    )
