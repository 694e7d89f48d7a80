"""Whether an object that comes once more is the stored one, however it is written this time.

Whoever sends or writes an object writes its File Meta Information anew (PS3.10 7.1), and many put
sequences into the other of their two forms, drop group lengths, or leave out the VRs: an object
that comes back from another archive or from a disc differs in that, and in nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import BinaryIO, Final

from archive.dicom.elements import (
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
    UNDEFINED,
    Encoding,
    data_set_start,
    encoding_at,
    items,
    walk,
)
from archive.storage.area import StorageArea
from archive.store.models import Instance
from archive.store.services._arrival import ReceivedObject
from pacs_hub.kernel.errors import HubError

CHUNK_BYTES: Final = 256 * 1024
_DEFLATED: Final = "1.2.840.10008.1.2.1.99"
_SAME_VALUES: Final = frozenset((EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN))
_Piece = tuple[int, int] | bytes


def is_the_stored_one(
    received: ReceivedObject, *, sop_instance_uid: str, area: StorageArea
) -> bool:
    """Say whether every element has the value it has in the stored object, and no other is there.

    What cannot be read now is taken for different: the new bytes are kept aside, nothing is lost.
    """
    row = Instance.objects.only("storage_key", "transfer_syntax_uid").get(
        sop_instance_uid=sop_instance_uid
    )
    syntaxes = {row.transfer_syntax_uid, received.transfer_syntax_uid}
    if len(syntaxes) > 1 and not syntaxes <= _SAME_VALUES:
        return False
    try:
        with area.open(row.storage_key) as stored, received.spool.path.open("rb") as new:
            ours = _pieces_of(stored, row.transfer_syntax_uid)
            theirs = _pieces_of(new, received.transfer_syntax_uid)
            return all(one == other for one, other in zip_longest(ours, theirs))
    except (HubError, OSError):
        return False


def _pieces_of(file: BinaryIO, transfer_syntax_uid: str) -> Iterator[_Piece]:
    start, stop = data_set_start(file), file.seek(0, 2)
    if transfer_syntax_uid == _DEFLATED:
        yield from _chunks(file, start, stop)
        return
    encoding = encoding_at(file, start, transfer_syntax_uid=transfer_syntax_uid)
    yield from _elements(file, start, stop, encoding, 0)


def _elements(
    file: BinaryIO, start: int, stop: int, encoding: Encoding, depth: int
) -> Iterator[_Piece]:
    """Yield tags, lengths of values and the values; of items their number, nothing of their form.

    Raises:
        BrokenElements: they do not add up.
    """
    for element in walk(file, start, stop, encoding, depth):
        if element.tag & 0xFFFF == 0:
            continue
        if element.length != UNDEFINED and not element.is_sequence:
            yield element.tag, element.length
            yield from _chunks(file, element.value, element.end)
            continue
        for number, item in enumerate(items(file, element, depth)):
            yield element.tag, number
            if element.is_sequence:
                yield from _elements(file, item.body, item.stop, element.encoding, depth + 1)
            else:
                yield from _chunks(file, item.body, item.stop)
        yield element.tag, UNDEFINED


def _chunks(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    for position in range(start, stop, CHUNK_BYTES):
        file.seek(position)
        yield file.read(min(CHUNK_BYTES, stop - position))
