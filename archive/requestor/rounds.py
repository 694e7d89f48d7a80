"""Go round what is due to be told to peers; one that is away is called once in a round."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from archive.requestor.association import PeerAway
from pacs_hub.kernel.errors import HubError


class Due(Protocol):
    """Something that waits to be told to a peer."""

    @property
    def ae_title(self) -> str: ...


AnyDue = TypeVar("AnyDue", bound=Due)


def tell_each(
    due: Iterable[AnyDue],
    *,
    claim: Callable[[AnyDue], bool],
    tell: Callable[[AnyDue], None],
    told: Callable[[AnyDue], None],
    not_told: Callable[[AnyDue, HubError], None],
) -> int:
    """Tell each that nobody else claimed, and record what became of it; returns how many went."""
    done, away = 0, dict[str, PeerAway]()
    for row in due:
        if not claim(row):
            continue
        try:
            if row.ae_title in away:
                raise away[row.ae_title]
            tell(row)
        except HubError as error:
            if isinstance(error, PeerAway):
                away[row.ae_title] = error
            not_told(row, error)
        else:
            told(row)
            done += 1
    return done
