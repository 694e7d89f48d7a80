"""Where an object lies below the storage root; pure."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from pacs_hub.kernel.errors import Malformed

_UID: Final = re.compile(r"[0-9]+(\.[0-9]+)*")


class BadUid(Malformed):
    """Not a DICOM UID, so it can name nothing here."""

    code = "bad-uid"


def checked_uid(value: str, *, field: str) -> str:
    """Return `value` if it is digits and dots, at most 64 characters (PS3.5 9.1).

    Leading zeros in a component are tolerated: devices in the field send them.

    Raises:
        BadUid: anything else, path characters above all.
    """
    if len(value) > 64 or not _UID.fullmatch(value):
        raise BadUid(f"{field} is not a UID", field=field)
    return value


def object_key(
    *, study_instance_uid: str, series_instance_uid: str, sop_instance_uid: str, sha256: str
) -> str:
    """Return the relative path of an object; it cannot leave the root.

    A study has one folder, below two levels of 256 so that no folder grows with the archive.
    The name carries the start of the content's digest, so that two objects which claim one SOP
    Instance UID never overwrite each other.

    Raises:
        BadUid: one of the three is not a UID.
    """
    study = checked_uid(study_instance_uid, field="StudyInstanceUID")
    series = checked_uid(series_instance_uid, field="SeriesInstanceUID")
    instance = checked_uid(sop_instance_uid, field="SOPInstanceUID")
    digest = hashlib.sha256(study.encode()).hexdigest()
    return f"{digest[:2]}/{digest[2:4]}/{study}/{series}/{instance}-{sha256[:8]}.dcm"


def sop_instance_uid_in(key: str) -> str:
    """Return the SOP Instance UID in the name of an object."""
    return key.rpartition("/")[2].partition("-")[0][:64]


def study_instance_uid_in(key: str) -> str:
    """Return the Study Instance UID in the path of an object; "" where there is none."""
    parts = key.split("/")
    return parts[-3][:64] if len(parts) > 3 else ""
