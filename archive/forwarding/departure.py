"""The form in which an object of a sending leaves."""

from __future__ import annotations

from archive.forwarding.models import Sending
from archive.forwarding.rules import SYNTAXES
from archive.retrieve.leaving import CannotTranscode, Leaving, leave
from archive.storage.area import StorageArea
from archive.store.models import Instance


def depart(
    row: Instance, *, sending: Sending, area: StorageArea, accepted: tuple[str, ...]
) -> Leaving:
    """Return the object ready to be sent; the caller reads it to the end or closes it.

    The transfer syntax that is asked for is a wish: an object without pixels, or a peer that does
    not take it, gets what is possible.

    Raises:
        CannotTranscode: it cannot be put into any syntax the peer takes.
        HubError: whatever `leave` raises.
    """
    wish = SYNTAXES.get(sending.transfer_syntax, "")
    if wish in accepted:
        try:
            return leave(row, area=area, accepted=(wish,))
        except CannotTranscode:
            accepted = tuple(uid for uid in accepted if uid != wish)
    return leave(row, area=area, accepted=accepted)
