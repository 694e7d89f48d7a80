"""Objects as the files of a disc: names of ISO 9660, and a DICOMDIR that says what they are."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from typing import Final

from pydicom import Dataset

from archive.corrections.application import over_json
from archive.corrections.queries import overlay_of
from archive.dicom.dicomdir import Directory, Filed
from archive.dicom.json_model import to_json
from archive.dicom.part10 import UNREADABLE, read_open_header
from archive.retrieve.leaving import Leaving, leave
from archive.storage.area import StorageArea
from archive.store.models import Instance
from archive.upper_layer.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from pacs_hub.kernel.errors import HubError

logger = logging.getLogger(__name__)

DIRECTORY: Final = "DICOMDIR"
LEFT_OUT: Final = "LEFTOUT.TXT"
_FOLDER: Final = "DICOM"


def disc(
    rows: Sequence[Instance], *, area: StorageArea, ae_title: str
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield name and content of every file, the directory last.

    One object is open at a time; of each a few hundred bytes are kept for the directory. What
    cannot be read is left out, and named in a text file.
    """
    directory, left_out = Directory(), []
    folders: dict[int, int] = {}
    for number, row in enumerate(rows, 1):
        folder = folders.setdefault(row.series_id, len(folders) + 1)
        file_id = (_FOLDER, f"S{folder:07d}", f"I{number:07d}")
        try:
            header = _header(row, area)
            going = leave(row, area=area)
        except HubError as error:
            logger.warning(
                "archive.disc.left_out", extra={"instance": row.pk, "code": error.error_code}
            )
            left_out.append(f"{row.sop_instance_uid}: {error.text}")
            continue
        directory.add(_filed(header, going, file_id))
        yield "/".join(file_id), going.part10()
    yield (
        DIRECTORY,
        directory.content(
            sop_instance_uid=f"2.25.{uuid.uuid4().int}",
            ae_title=ae_title,
            about=(IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME),
        ),
    )
    if left_out:
        yield LEFT_OUT, iter(["\r\n".join([*left_out, ""]).encode("ascii", "replace")])


def _filed(header: Dataset, going: Leaving, file_id: tuple[str, ...]) -> Filed:
    return Filed(
        header=header,
        sop_class_uid=going.sop_class_uid,
        sop_instance_uid=going.sop_instance_uid,
        transfer_syntax_uid=going.transfer_syntax_uid,
        file_id=file_id,
    )


def _header(row: Instance, area: StorageArea) -> Dataset:
    """Return the header as it leaves, without values that are long."""
    with area.open(row.storage_key) as file:
        described = to_json(read_open_header(file), bulk_uri=lambda _: "")
    overlay = overlay_of(row.study)
    if overlay is not None:
        described = over_json(described, overlay, previous_source=row.calling_ae)
    header = Dataset()
    for tag, element in described.items():
        if "BulkDataURI" in element or int(tag[3], 16) & 1:
            continue
        try:
            header.update(Dataset.from_json({tag: element}))
        except UNREADABLE:  # a value that is not of its VR: no record needs it
            continue
    return header
