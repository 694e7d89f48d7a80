"""Where the frames of an instance come from: one row, one look into its file."""

from __future__ import annotations

import functools
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Final

from django.db import connection
from pydicom.uid import DeflatedExplicitVRLittleEndian

from archive.retrieve import plan
from archive.retrieve.only_frame import compressed_frame, native_frame
from archive.retrieve.pixels import NATIVE, PixelData, locate
from archive.retrieve.plan import Target
from archive.store.models import Instance
from pacs_hub.access.permissions import Principal

MOST_LOCATED: Final = 512
_FIELDS: Final = {
    "study_instance_uid": "study__study_instance_uid",
    "patient_id": "study__patient_id",
    "series_instance_uid": "series__series_instance_uid",
    "sop_instance_uid": "sop_instance_uid",
    "sha256": "sha256",
    "storage_key": "storage_key",
    "transfer_syntax_uid": "transfer_syntax_uid",
    "number_of_frames": "number_of_frames",
    "rows": "rows",
    "columns": "columns",
    "bits_allocated": "bits_allocated",
}
# Stand for the names of the target in the statement that is prepared.
_NAMES: Final = ("1.1", "1.2", "1.3")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameSource:
    """What sending frames needs to know of an instance."""

    study_instance_uid: str
    patient_id: int
    series_instance_uid: str
    sop_instance_uid: str
    sha256: str
    storage_key: str
    transfer_syntax_uid: str
    number_of_frames: int
    rows: int | None
    columns: int | None
    bits_allocated: int | None

    @property
    def is_native(self) -> bool:
        """Say whether its frames are not compressed."""
        return self.transfer_syntax_uid in NATIVE


def source(target: Target, *, principal: Principal) -> FrameSource:
    """Return the source of the one instance the target names.

    The statement is made once and used again: making it costs more than its answer.

    Raises:
        NoSuchTarget: there is none that the caller may see.
        OutOfUse: it was rejected.
        BadUid: the target is not named by UIDs.
    """
    if principal.sees_only_own:
        return source_of(plan.instance(target, principal=principal))
    target.checked()
    statement, parameters = _prepared(connection.vendor, principal.role)
    named = dict(zip(_NAMES, (target.study, target.series, target.instance), strict=True))
    with connection.cursor() as cursor:
        cursor.execute(statement, [named.get(value, value) for value in parameters])
        found = cursor.fetchone()
    if found is None:
        return source_of(plan.instance(target, principal=principal))  # says what is wrong
    return FrameSource(**dict(zip(_FIELDS, found, strict=True)))


def source_of(row: Instance) -> FrameSource:
    """Return the source that an instance is."""
    return FrameSource(
        study_instance_uid=row.study.study_instance_uid,
        patient_id=row.study.patient_id,
        series_instance_uid=row.series.series_instance_uid,
        sop_instance_uid=row.sop_instance_uid,
        sha256=row.sha256,
        storage_key=row.storage_key,
        transfer_syntax_uid=row.transfer_syntax_uid,
        number_of_frames=row.number_of_frames,
        rows=row.rows,
        columns=row.columns,
        bits_allocated=row.bits_allocated,
    )


def only_frame(file: BinaryIO, source: FrameSource) -> bytes | None:
    """Return the frame of an instance that has one, as it is stored; None: take a closer look."""
    if source.number_of_frames != 1 or not source.rows or not source.columns:
        return None
    if not source.is_native:
        return compressed_frame(file)
    return native_frame(
        file,
        syntax=source.transfer_syntax_uid,
        rows=source.rows,
        columns=source.columns,
        bits=source.bits_allocated or 0,
    )


def located(file: BinaryIO, source: FrameSource) -> PixelData:
    """Return where the pixels lie, as `locate` does; objects do not change, so it is remembered.

    Raises:
        NoPixelData: there are none.
    """
    if source.transfer_syntax_uid == DeflatedExplicitVRLittleEndian:
        return locate(file, transfer_syntax_uid=source.transfer_syntax_uid)
    known = _remembered.get(source.storage_key)
    if known is None:
        known = locate(file, transfer_syntax_uid=source.transfer_syntax_uid)
        if len(_remembered) >= MOST_LOCATED:
            _remembered.pop(next(iter(_remembered)), None)
        _remembered[source.storage_key] = replace(known, file=_NOWHERE)
    return replace(known, file=file)


@functools.lru_cache(maxsize=16)
def _prepared(vendor: str, role: str) -> tuple[str, Sequence[Any]]:  # noqa: ARG001 - the key
    study, series, instance = _NAMES
    return plan.statement(
        Target(study=study, series=series, instance=instance),
        principal=Principal(name="", role=role),
        fields=[*_FIELDS.values()],
    )


_NOWHERE: Final = io.BytesIO()
_remembered: dict[str, PixelData] = {}
