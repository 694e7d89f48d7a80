"""Read one stored object back: its digest, and what its header says it is."""

from __future__ import annotations

import errno
import hashlib
import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from archive.dicom import quick_header
from archive.dicom.meta_reader import transfer_syntax_of
from archive.dicom.part10 import NotDicom, read_header
from archive.retrieve.streaming import BLOCK_BYTES
from archive.storage.area import Spool, StorageArea, StoredObject
from archive.storage.spools import DiskRefused, write_all
from archive.store.rules import InstanceFacts, instance_facts
from pacs_hub.kernel.errors import Malformed

HEAD_BYTES: Final = 256 * 1024
AWAY: Final = frozenset(
    {
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENODEV,
        errno.ENOMEM,
        errno.ENOTCONN,
        errno.ENXIO,
        errno.ESTALE,
        errno.ETIMEDOUT,
    }
)
"""Errors of a whole disk, or of us; every other one speaks of the object alone."""
NOWHERE: Final = Path("/nowhere")
_SOURCE_AE: Final = 0x0016


class Unreadable(Malformed):
    """The bytes of an object are there, and cannot be read."""

    code = "unreadable"


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What the bytes of an object are. `head` are its first ones."""

    size: int
    sha256: str
    head: bytes


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """An object that has no row, read back. `path` is a local file with all of it."""

    found: StoredObject
    digest: Digest
    path: Path
    transfer_syntax_uid: str
    calling_ae: str
    is_copy: bool

    def discard(self) -> None:
        """Remove the local copy of an object that lies elsewhere."""
        if self.is_copy:
            self.path.unlink(missing_ok=True)


def opened(key: str, *, area: StorageArea) -> BinaryIO:
    """Open an object to look whether it is well.

    Raises:
        NoSuchObject: there is no such object.
        Unreadable: nobody may read it, or it is no file.
        Unavailable: the area is away.
    """
    with _told():
        return area.open(key)


def digest_of(file: BinaryIO, *, copy_to: BinaryIO | None = None) -> Digest:
    """Read all of an open file, block by block.

    Raises:
        Unreadable: there is a bad sector.
        Unavailable: the area is away, or has no room for the copy.
    """
    digest, size, head = hashlib.sha256(), 0, bytearray()
    for block in _blocks(file):
        digest.update(block)
        size += len(block)
        if len(head) < HEAD_BYTES:
            head += block[: HEAD_BYTES - len(head)]
        if copy_to is not None:
            write_all(copy_to, block)
    return Digest(size=size, sha256=digest.hexdigest(), head=bytes(head))


def facts_in(digest: Digest, file: BinaryIO) -> InstanceFacts:
    """Return what the header says which instance it is.

    Raises:
        NotDicom, Truncated, MissingIdentity, BadUid: it says nothing that makes sense.
    """
    quick = quick_header.read_values(NOWHERE, head=digest.head, size=digest.size)
    if quick is not None:
        return instance_facts(quick)
    if not isinstance(file, io.BufferedReader):
        raise NotDicom("the header is not at the beginning of the object")
    return instance_facts(read_header(Path(file.name)))


def inspect(found: StoredObject, *, area: StorageArea) -> Inspected:
    """Read a whole object, with a local copy where it does not lie on a local disk.

    Raises:
        NoSuchObject: it is gone.
        Unreadable: its bytes cannot be read.
        Unavailable: the store is away, or there is no room for a copy.
    """
    with opened(found.key, area=area) as file:
        if isinstance(file, io.BufferedReader):
            digest, path, is_copy = digest_of(file), Path(file.name), False
        else:
            spool = area.spool()
            try:
                digest = digest_of(file, copy_to=spool.file)
            except BaseException:
                spool.discard()
                raise
            spool.file.close()
            path, is_copy = spool.path, True
    return Inspected(
        found=found,
        digest=digest,
        path=path,
        transfer_syntax_uid=_syntax(digest.head),
        calling_ae=_calling_ae(digest.head),
        is_copy=is_copy,
    )


def copy(area: StorageArea, key: str, new_key: str, *, sha256: str = "") -> bool:
    """Copy an object to another key, which may lie in the other area; durable on return.

    Where its bytes are not those of `sha256` nothing is copied, and False returned: what lies
    under the new key may be the last copy that is well.

    Raises:
        NoSuchObject: there is no such object.
        Unreadable: the disk cannot read it.
        Unavailable: an area is away.
    """
    spool: Spool = area.spool(near=new_key)
    try:
        with opened(key, area=area) as file:
            digest = digest_of(file, copy_to=spool.file)
        if sha256 and digest.sha256 != sha256:
            return False
        area.keep(spool, new_key)
    finally:
        spool.discard()
    return True


@contextmanager
def _told() -> Iterator[None]:
    """Tell an object that cannot be read from a disk that is away."""
    try:
        yield
    except OSError as error:
        if error.errno in AWAY:
            raise DiskRefused(f"the archive's disk refused: {error.strerror}") from error
        raise Unreadable(f"it cannot be read: {error.strerror}") from error


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while True:
        with _told():
            block = file.read(BLOCK_BYTES)
        if not block:
            return
        yield block


def _syntax(head: bytes) -> str:
    try:
        return transfer_syntax_of(io.BytesIO(head))
    except Malformed:
        return ""


def _calling_ae(head: bytes) -> str:
    """Return Source Application Entity Title (0002,0016), which store_scp wrote."""
    position = 132
    while position + 12 <= len(head):
        group, element, vr, length = struct.unpack_from("<HH2sH", head, position)
        if group != 2:
            break
        start = position + 8
        if vr == b"OB":
            (length,) = struct.unpack_from("<I", head, start)
            start += 4
        if element == _SOURCE_AE:
            return head[start : start + length].decode("latin-1").strip(" \0")[:16]
        position = start + length
    return ""
