"""The form in which an object of a sending leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.dicom.deidentification import Profile
from archive.forwarding.models import Sending
from archive.forwarding.rules import SYNTAXES
from archive.retrieve.anonymous import leave_anonymous
from archive.retrieve.leaving import CannotTranscode, Leaving, leave
from archive.storage.area import StorageArea
from archive.store.models import Instance


@dataclass(frozen=True, kw_only=True)
class Stock:
    """Where objects come from, and the key of pseudonyms."""

    area: StorageArea
    key: bytes


def depart(row: Instance, *, sending: Sending, stock: Stock, accepted: tuple[str, ...]) -> Leaving:
    """Return the object ready to be sent; the caller reads it to the end or closes it.

    The transfer syntax that is asked for is a wish: an object without pixels, or a peer that does
    not take it, gets what is possible.

    Raises:
        CannotTranscode: it cannot be put into any syntax the peer takes.
        MayShowWho: it is to leave anonymised, and may not.
        HubError: whatever `leave` raises.
    """
    wish = SYNTAXES.get(sending.transfer_syntax, "")
    if wish in accepted:
        try:
            return _leave(row, sending, stock, (wish,))
        except CannotTranscode:
            accepted = tuple(uid for uid in accepted if uid != wish)
    return _leave(row, sending, stock, accepted)


def _leave(row: Instance, sending: Sending, stock: Stock, accepted: Sequence[str]) -> Leaving:
    if not sending.anonymise:
        return leave(row, area=stock.area, accepted=accepted)
    return leave_anonymous(
        row,
        area=stock.area,
        profile=Profile(key=stock.key, retain=frozenset(sending.retain)),
        accepted=accepted,
        burned_in=sending.burned_in,
    )
