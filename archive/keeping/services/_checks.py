"""Check one object, one row; heal what can be healed."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from archive.keeping.in_place import file_in_place
from archive.keeping.inspecting import (
    Unreadable,
    copy,
    digest_of,
    facts_in,
    inspect,
    opened,
)
from archive.keeping.models import Discarded, Finding, FindingKind
from archive.keeping.services import _findings
from archive.keeping.services._discards import bin_key, discard, removed_by_rule
from archive.storage.area import NoSuchObject, StorageArea, StoredObject
from archive.storage.layout import sop_instance_uid_in
from archive.storage.tiers import counterpart
from archive.store.models import Instance, KeptAside, Series
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed

OF_ROWS: Final = (FindingKind.MISSING, FindingKind.DAMAGED, FindingKind.IDENTITY)
OF_OBJECTS: Final = (FindingKind.UNFILED, FindingKind.SECOND_COPY)
MOVE_MAY_TAKE: Final = timedelta(hours=1)
"""A copy younger than this may be one that a move has just made and not switched to yet."""


def check_row(row: Instance, *, area: StorageArea) -> Finding | None:
    """Read the object of a row back and compare it with the row.

    `row` has its study and series. A row that changed or went meanwhile is no finding.

    Raises:
        Unavailable: the store is away, which says nothing about the object.
    """
    wrong = _what_is_wrong(row, area)
    if wrong is None:
        return None
    if not Instance.objects.filter(pk=row.pk, storage_key=row.storage_key).exists():
        return None
    kind, text = wrong
    return _findings.note(
        kind, key=row.storage_key, sop_instance_uid=row.sop_instance_uid, text=text
    )


def _what_is_wrong(row: Instance, area: StorageArea) -> tuple[FindingKind, str] | None:
    try:
        with opened(row.storage_key, area=area) as file:
            digest = digest_of(file)
            if digest.size != row.size:
                return FindingKind.DAMAGED, f"it has {digest.size} bytes instead of {row.size}"
            if digest.sha256 != row.sha256:
                return FindingKind.DAMAGED, "its SHA-256 is another than when it was received"
            try:
                facts = facts_in(digest, file)
            except Malformed:  # as it was received: odd, and filed all the same
                return None
    except NoSuchObject:
        return FindingKind.MISSING, "it is not in the storage area"
    except Unreadable as error:
        return FindingKind.DAMAGED, error.text
    named = (facts.sop_instance_uid, facts.series_instance_uid, facts.study_instance_uid)
    filed = (
        row.sop_instance_uid,
        row.series.series_instance_uid,
        row.study.study_instance_uid,
    )
    if named != filed:
        return FindingKind.IDENTITY, "its header names another instance, series or study"
    return None


def check_aside(row: KeptAside, *, area: StorageArea) -> Finding | None:
    """Look whether what was kept aside is there, as long as it was.

    Raises:
        Unavailable: the store is away.
    """
    try:
        size = area.size(row.storage_key)
        kind, text = FindingKind.DAMAGED, f"it has {size} bytes instead of {row.size}"
    except NoSuchObject:
        size, kind, text = -1, FindingKind.MISSING, "what was kept aside is not there"
    if size == row.size or not KeptAside.objects.filter(pk=row.pk, settled_at=None).exists():
        return None
    return _findings.note(
        kind, key=row.storage_key, sop_instance_uid=row.sop_instance_uid, text=text
    )


def check_original(key: str, size: int, sha256: str, *, area: StorageArea) -> Finding | None:
    """Read the file of an attached document back, as it was sent.

    Raises:
        Unavailable: the store is away.
    """
    kind, text = FindingKind.DAMAGED, "its SHA-256 is another than when it was attached"
    try:
        with opened(key, area=area) as file:
            if digest_of(file).sha256 == sha256:
                return None
    except NoSuchObject:
        kind, text = FindingKind.MISSING, f"an attached document of {size} bytes is not there"
    except Unreadable as error:
        text = error.text
    return _findings.note(kind, key=key, sop_instance_uid="", text=text)


def check_object(found: StoredObject) -> Finding | None:
    """Look whether a stored object has its row; reads no bytes.

    What is about to be removed is no finding.
    """
    row = Instance.objects.filter(sop_instance_uid=sop_instance_uid_in(found.key)).first()
    if row is not None and row.storage_key == found.key:
        return None
    if Discarded.objects.filter(key=found.key).exists():
        return None
    if row is None:
        kind, text = FindingKind.UNFILED, "no row of the index names it"
    elif found.key == counterpart(row.storage_key):
        if clock.now() - found.kept_at < MOVE_MAY_TAKE:
            return None
        kind, text = FindingKind.SECOND_COPY, "the index names its copy in the other area"
    else:
        kind, text = FindingKind.UNFILED, "the index names another object of this UID"
    return _findings.note(
        kind, key=found.key, sop_instance_uid=sop_instance_uid_in(found.key), text=text
    )


def heal(
    finding: Finding,
    *,
    area: StorageArea,
    default_issuer: str,
    found: StoredObject | None = None,
) -> bool:
    """Put right what can be put right without a person; says whether it was.

    `found` is the object that has no row.

    Raises:
        Unavailable: the store or the database is away.
    """
    if finding.kind in (FindingKind.MISSING, FindingKind.DAMAGED):
        return _restore(finding, area)
    if finding.kind == FindingKind.UNFILED and found is not None:
        return _file_again(finding, found, area, default_issuer)
    if finding.kind == FindingKind.SECOND_COPY:
        return _drop_copy(finding, area)
    return False


def _restore(finding: Finding, area: StorageArea) -> bool:
    """Bring back the bytes of a row from wherever the very same ones still lie."""
    if finding.key.startswith("."):  # kept aside, or a document: no row of the index names it
        return False
    row = Instance.objects.filter(
        sop_instance_uid=finding.sop_instance_uid, storage_key=finding.key
    ).first()
    if row is None:
        _findings.close(finding, "its row is gone")
        return True
    for source in (counterpart(row.storage_key), bin_key(row.storage_key)):
        try:
            if not copy(area, source, row.storage_key, sha256=row.sha256):
                continue
        except (NoSuchObject, Unreadable):
            continue
        Series.objects.filter(pk=row.series_id).update(metadata=None)
        _findings.close(finding, "restored from another copy")
        return True
    return False


def _file_again(
    finding: Finding, found: StoredObject, area: StorageArea, default_issuer: str
) -> bool:
    if removed_by_rule([found]):
        discard([(found.key, found.size)])
        _findings.close(finding, "to be removed, as its study was")
        return True
    try:
        inspected = inspect(found, area=area)
    except NoSuchObject:
        _findings.close(finding, "it is gone")
        return True
    except Unreadable:
        return False
    try:
        stored = file_in_place(inspected, area=area, default_issuer=default_issuer, is_news=True)
    except (Malformed, Conflict) as error:
        _findings.close(finding, f"set aside: {error.error_code}")
        return True
    finally:
        inspected.discard()
    if stored.outcome == "duplicate":
        return _drop_copy(finding, area)
    _findings.close(finding, "filed again")
    return True


def _drop_copy(finding: Finding, area: StorageArea) -> bool:
    """Remove a second copy, once the object the index names was read back and is well."""
    row = (
        Instance.objects.filter(sop_instance_uid=finding.sop_instance_uid)
        .select_related("study", "series")
        .first()
    )
    if row is None or row.storage_key == finding.key or _what_is_wrong(row, area) is not None:
        return False
    discard([(finding.key, area.size(finding.key))])
    _findings.close(finding, "to be removed; the index names the other copy")
    return True
