"""DICOM JSON of all instances of a series, made once it has settled and kept compressed."""

from __future__ import annotations

import json
import logging
import struct
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO, Final

import pydicom
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian

from archive.corrections.application import over_json
from archive.corrections.queries import overlay_of, overlay_stamp, share_studies
from archive.corrections.rules import Overlay
from archive.dicom.json_model import Json, TagPath, tag_name, text_value, to_json
from archive.retrieve.pixels import NATIVE
from archive.storage.area import StorageArea
from archive.store.models import Instance, Series, StudyState
from archive.store.queries import shown
from pacs_hub.kernel.errors import Unknown

logger = logging.getLogger(__name__)

# Stands for the address of the door in what is kept, since that may change.
BASE: Final = "@hub-dicom-web@"
PIXEL_DATA: Final = 0x7FE00010
_FLOAT_VRS: Final = {0x7FE00008: "OF", 0x7FE00009: "OD"}
_LONG_VALUE: Final = 64 * 1024
# Instances in the series, when the study was revised, digest of its overlay.
_STAMP: Final = struct.Struct(">Id8s")


def series_metadata(series: Series, *, area: StorageArea, base_url: str) -> bytes:
    """Return the JSON array of all instances of the series (PS3.18 10.4.1.1.2).

    It is read from one row where it was kept and is still whole; else it is made from the
    headers, and kept if the study has settled.

    Raises:
        NoSuchObject: a file is gone from the storage area.
    """
    kept = _kept(series)
    if kept is None:
        kept = make_and_keep(series, area=area)
    return kept.replace(BASE.encode(), base_url.encode())


def instance_metadata(rows: Iterable[Instance], *, area: StorageArea, base_url: str) -> bytes:
    """Return the JSON array of these instances.

    Raises:
        NoSuchObject: a file is gone from the storage area.
    """
    rows = list(rows)
    share_studies(rows)
    described = (_described(row, area, overlay_of(row.study)) for row in rows)
    return _dumped(described).replace(BASE.encode(), base_url.encode())


def make_and_keep(series: Series, *, area: StorageArea) -> bytes:
    """Make the metadata of a series from its files; kept only if the study has settled.

    Raises:
        NoSuchObject: a file is gone from the storage area.
    """
    rows = list(
        Instance.objects.filter(shown(), series=series)
        .select_related("study", "series")
        .defer("series__metadata")
        .order_by("instance_number", "sop_instance_uid")
    )
    overlay = overlay_of(series.study)
    text = _dumped(_described(row, area, overlay) for row in rows)
    Series.objects.filter(
        pk=series.pk,
        number_of_instances=len(rows),
        study__state=StudyState.RECEIVED,
        study__revised_at=series.study.revised_at,
    ).update(metadata=_stamp(series) + zlib.compress(text, 6))
    return text


def keep_missing(*, area: StorageArea, since: datetime, limit: int) -> int:
    """Make the metadata of series that settled after `since` and have none; returns how many.

    A viewer then opens them at once. What is older is made when it is first asked for.
    """
    missing = Series.objects.select_related("study__patient__survivor").filter(
        metadata__isnull=True,
        study__state=StudyState.RECEIVED,
        study__last_received_at__gte=since,
    )
    made = 0
    for series in list(missing.order_by("-study__last_received_at")[:limit]):
        try:
            make_and_keep(series, area=area)
        except Unknown:
            logger.error("archive.metadata.object_missing", extra={"series": series.pk})
            continue
        made += 1
    return made


def _kept(series: Series) -> bytes | None:
    """Return what was kept, unless the series has grown or what leaves of it was revised since."""
    if series.metadata is None or series.study.state != StudyState.RECEIVED:
        return None
    blob = bytes(series.metadata)
    return zlib.decompress(blob[_STAMP.size :]) if blob.startswith(_stamp(series)) else None


def _stamp(series: Series) -> bytes:
    revised = series.study.revised_at
    return _STAMP.pack(
        series.number_of_instances,
        revised.timestamp() if revised else 0,
        overlay_stamp(series.study),
    )


def _described(row: Instance, area: StorageArea, overlay: Overlay | None) -> Json:
    place = (
        f"{BASE}/studies/{row.study.study_instance_uid}/series/{row.series.series_instance_uid}"
        f"/instances/{row.sop_instance_uid}/bulkdata/"
    )

    def bulk_uri(path: TagPath) -> str:
        names = (f"{tag:08X}" if depth % 2 == 0 else str(tag) for depth, tag in enumerate(path))
        return place + "/".join(names)

    try:
        with area.open(row.storage_key) as file:
            header = pydicom.dcmread(file, stop_before_pixels=True, defer_size=_LONG_VALUE)
            out = to_json(header, bulk_uri=bulk_uri)
            pixel_tag = _pixel_tag(file, row) if row.rows is not None else None
    except (
        RecursionError
    ):  # sequences deeper than any reader follows; the rest of the series counts
        logger.warning("archive.metadata.too_deep", extra={"instance": row.pk})
        out, pixel_tag = _identity(row), None
    if pixel_tag is not None:
        vr = _FLOAT_VRS.get(pixel_tag) or ("OW" if _has_words(row) else "OB")
        out[tag_name(pixel_tag)] = {"vr": vr, "BulkDataURI": bulk_uri((pixel_tag,))}
    out["00083002"] = text_value("UI", [row.transfer_syntax_uid])
    if overlay is not None:
        out = over_json(out, overlay, previous_source=row.calling_ae)
    return dict(sorted(out.items()))


def _identity(row: Instance) -> Json:
    """Return which object it is, where its header cannot be followed."""
    uids = {
        "00080016": row.sop_class_uid,
        "00080018": row.sop_instance_uid,
        "0020000D": row.study.study_instance_uid,
        "0020000E": row.series.series_instance_uid,
    }
    return {tag: text_value("UI", [uid]) for tag, uid in uids.items()}


def _pixel_tag(file: BinaryIO, row: Instance) -> int | None:
    """Return the tag the header ends at, where that is pixel data."""
    if row.transfer_syntax_uid == DeflatedExplicitVRLittleEndian:
        return PIXEL_DATA
    order = ">" if row.transfer_syntax_uid == ExplicitVRBigEndian else "<"
    raw = file.read(4)
    if len(raw) < 4:
        return None
    group, element = struct.unpack(f"{order}HH", raw)
    return PIXEL_DATA & ~0xFFFF | element if group == PIXEL_DATA >> 16 else None


def _has_words(row: Instance) -> bool:
    return row.transfer_syntax_uid in NATIVE and (row.bits_allocated or 0) > 8


def _dumped(described: Iterable[Json]) -> bytes:
    return json.dumps(list(described), separators=(",", ":"), ensure_ascii=False).encode()
