"""Find documents; reads only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from django.db.models import Q, QuerySet

from archive.documents.models import Document, DocumentState
from archive.documents.rules import VIDEOS
from archive.storage.area import StorageArea
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unknown

BLOCK_BYTES: Final = 256 * 1024


class NoSuchDocument(Unknown):
    """No such document here, or none this caller may see."""

    code = "no-such-document"


def document(document_id: int) -> Document:
    """Return one document.

    Raises:
        NoSuchDocument: there is none.
    """
    row = Document.objects.filter(pk=document_id).first()
    if row is None:
        raise NoSuchDocument("no such document")
    return row


def due() -> QuerySet[Document]:
    """Return the documents that may be converted now, oldest first: one video at a time."""
    now = clock.now()
    rows = Document.objects.filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lte=now),
        state__in=(DocumentState.WAITING, DocumentState.CONVERTING),
    )
    if Document.objects.filter(
        state=DocumentState.CONVERTING, claimed_until__gt=now, kind__in=VIDEOS
    ).exists():
        rows = rows.exclude(kind__in=VIDEOS)
    return rows.order_by("pk")


def content(row: Document, *, area: StorageArea) -> Iterator[bytes]:
    """Yield the file as it was sent.

    Raises:
        Unknown: the bytes are gone.
        Unavailable: the storage area cannot be reached now.
    """
    return _blocks(area.open(row.storage_key))


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(BLOCK_BYTES):
            yield block
