"""What a request for storage commitment says, and what is answered (PS3.4 J.3); pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from pydicom import Dataset
from pydicom.sequence import Sequence

from archive.storage.layout import checked_uid
from pacs_hub.kernel.errors import Malformed

STORAGE_COMMITMENT: Final = "1.2.840.10008.1.20.1"
WELL_KNOWN_INSTANCE: Final = "1.2.840.10008.1.20.1.1"
REQUEST_STORAGE_COMMITMENT: Final = 1
"""Action Type ID (0000,1008), PS3.4 J.3.2."""
LARGEST_REQUEST: Final = 100_000


class BadRequest(Malformed):
    """The request does not say what is to be committed."""

    code = "bad-commitment-request"


class EventType(IntEnum):
    """Event Type ID (0000,1002), PS3.4 J.3.3."""

    ALL_COMMITTED = 1
    FAILURES_EXIST = 2


class Failure(IntEnum):
    """Failure Reason (0008,1197), PS3.3 C.14.1.1."""

    PROCESSING = 0x0110
    NOT_FOUND = 0x0112
    CLASS_CONFLICT = 0x0119


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An object the requester wants to be kept."""

    sop_class_uid: str
    sop_instance_uid: str


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A whole request: its transaction, and each object once."""

    transaction_uid: str
    wanted: tuple[Wanted, ...]

    @property
    def sha256(self) -> str:
        """Stands for the set of objects, in whatever order they were named."""
        lines = sorted(f"{each.sop_class_uid} {each.sop_instance_uid}" for each in self.wanted)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read_wish(action: Dataset, *, transaction_uid: str = "") -> Wish:
    """Read the Action Information (PS3.4 J.3.2.1.1); over HTTP the path names the transaction.

    Raises:
        BadRequest: the transaction, or the objects, or one of their UIDs are missing.
        BadUid: something that should be a UID is none.
    """
    uid = transaction_uid or _uid(action, "TransactionUID")
    items = action.get("ReferencedSOPSequence")
    if not items or not isinstance(items, Sequence):
        raise BadRequest("the request names no object", field="ReferencedSOPSequence")
    if len(items) > LARGEST_REQUEST:
        raise BadRequest("the request names too many objects", field="ReferencedSOPSequence")
    wanted = {
        each.sop_instance_uid: each
        for each in (
            Wanted(
                sop_class_uid=_uid(item, "ReferencedSOPClassUID"),
                sop_instance_uid=_uid(item, "ReferencedSOPInstanceUID"),
            )
            for item in items
        )
    }
    return Wish(
        transaction_uid=checked_uid(uid, field="TransactionUID"), wanted=tuple(wanted.values())
    )


def answer(
    *,
    transaction_uid: str,
    retrieve_ae_title: str,
    committed: Iterable[Wanted],
    failed: Iterable[tuple[Wanted, int]],
) -> tuple[EventType, Dataset]:
    """Return the event type and the Event Information (PS3.4 J.3.3.1.1)."""
    out = Dataset()
    out.TransactionUID = transaction_uid
    out.RetrieveAETitle = retrieve_ae_title
    good = [_item(each) for each in committed]
    bad = [_failed(each, reason) for each, reason in failed]
    if good or not bad:
        out.ReferencedSOPSequence = good
    if bad:
        out.FailedSOPSequence = bad
    return (EventType.FAILURES_EXIST if bad else EventType.ALL_COMMITTED), out


def _item(wanted: Wanted) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = wanted.sop_class_uid
    item.ReferencedSOPInstanceUID = wanted.sop_instance_uid
    return item


def _failed(wanted: Wanted, reason: int) -> Dataset:
    item = _item(wanted)
    item.FailureReason = reason
    return item


def _uid(item: Dataset, keyword: str) -> str:
    value = str(item.get(keyword) or "").strip(" \0")
    if not value:
        raise BadRequest(f"{keyword} is missing", field=keyword)
    return checked_uid(value, field=keyword)
