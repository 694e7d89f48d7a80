"""In which transfer syntax an object leaves for a caller of the web (PS3.18 8.7.3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archive.dicom.deidentification import Profile
from archive.dicomweb.negotiation import (
    ANY_SYNTAX,
    EXPLICIT_LITTLE_ENDIAN,
    TRANSFER_SYNTAXES,
    NotAcceptable,
)
from archive.retrieve.anonymous import leave_anonymous
from archive.retrieve.current import pseudonym_key
from archive.retrieve.leaving import CannotTranscode, Leaving, leave
from archive.retrieve.transcoding import is_sent_as_stored, may_leave_as_stored
from archive.storage.current import area
from archive.store.models import Instance


def check(rows: Iterable[Instance], syntaxes: Sequence[str]) -> None:
    """Refuse what can be said before a byte is sent: syntaxes that are neither stored nor made.

    Raises:
        NotAcceptable: one of the objects cannot leave in any of them.
    """
    if not syntaxes or {ANY_SYNTAX, EXPLICIT_LITTLE_ENDIAN} & {*syntaxes}:
        return
    made = {*TRANSFER_SYNTAXES} & {*syntaxes}
    for row in rows:
        stored = row.transfer_syntax_uid
        kept = stored in syntaxes and may_leave_as_stored(stored)
        if not made and not kept and row.rows:
            raise NotAcceptable("we put objects into " + ", ".join(TRANSFER_SYNTAXES))


def leaving(row: Instance, syntaxes: Sequence[str], *, is_anonymous: bool = False) -> Leaving:
    """Return the object in the first of these syntaxes that is possible; the caller closes it.

    Raises:
        NotAcceptable: none of them is.
        MayShowWho: it is to leave anonymised, and may not.
        Unknown, Unavailable: the object cannot be had.
    """
    for accepted in _ways(row, syntaxes):
        try:
            if is_anonymous:
                profile = Profile(key=pseudonym_key())
                return leave_anonymous(row, area=area(), profile=profile, accepted=[accepted])
            return leave(row, area=area(), accepted=[accepted])
        except CannotTranscode:
            continue
    raise NotAcceptable(f"an object cannot be put into {', '.join(syntaxes)}")


def _ways(row: Instance, syntaxes: Sequence[str]) -> Iterator[str]:
    stored = row.transfer_syntax_uid
    for syntax in syntaxes or ("",):
        if syntax == ANY_SYNTAX:
            yield stored if may_leave_as_stored(stored) else EXPLICIT_LITTLE_ENDIAN
        elif syntax:
            if may_leave_as_stored(syntax):
                yield syntax
        elif may_leave_as_stored(stored) and is_sent_as_stored(stored):
            yield stored
        else:
            yield EXPLICIT_LITTLE_ENDIAN
            if may_leave_as_stored(stored):  # better the object as it is than none
                yield stored
    if not row.rows:  # an object without pixels has no syntax to speak of
        yield EXPLICIT_LITTLE_ENDIAN
