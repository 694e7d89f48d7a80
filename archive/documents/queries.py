"""Find documents; reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from django.db.models import Count, Max, Min, Q, QuerySet

from archive.documents.models import Document, DocumentState
from archive.documents.rules import VIDEOS
from archive.storage.area import StorageArea
from archive.store.models import Instance
from archive.store.queries import shown
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


@dataclass(frozen=True, kw_only=True)
class Images:
    """How many images there are, without attached documents, and when they came."""

    instances: int
    first_at: datetime | None
    last_at: datetime | None


def images_beside(study_instance_uids: Iterable[str]) -> Images | None:
    """Count what is no attached document; None where no document is attached to these studies.

    A letter in a study is no image of the exam.
    """
    studies = list(study_instance_uids)
    documents = Document.objects.filter(study_instance_uid__in=studies)
    made = list(documents.values_list("sop_instance_uid", flat=True))
    if not made:
        return None
    counted = (
        Instance.objects.filter(shown(), study__study_instance_uid__in=studies)
        .exclude(sop_instance_uid__in=made)
        .aggregate(instances=Count("pk"), first=Min("received_at"), last=Max("received_at"))
    )
    return Images(
        instances=counted["instances"], first_at=counted["first"], last_at=counted["last"]
    )


def original(row: Document, *, area: StorageArea) -> BinaryIO:
    """Open the file as it was sent.

    Raises:
        NoSuchDocument: a rule removed it with its study.
        NoSuchObject: the bytes are gone.
        Unavailable: the storage area cannot be reached now.
    """
    if row.state == DocumentState.REMOVED:
        raise NoSuchDocument("the document was removed with its study")
    return area.open(row.storage_key)


def originals() -> Iterator[tuple[str, int, str]]:
    """Yield key, size and SHA-256 of every file that is kept."""
    rows = Document.objects.exclude(state=DocumentState.REMOVED).order_by("pk")
    yield from rows.values_list("storage_key", "size", "sha256").iterator(chunk_size=500)
