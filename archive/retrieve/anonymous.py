"""An object on its way out, without whom it is of (PS3.15 Annex E)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
)

from archive.dicom.deidentification import (
    BURNED_IN_ANNOTATION,
    Profile,
    deidentified,
    is_sealed,
)
from archive.dicom.file_meta import file_header
from archive.dicom.rewriting import look_at
from archive.dicom.segment_file import open_segments
from archive.dicom.segments import length_of
from archive.retrieve.leaving import Leaving, leave
from archive.storage.area import StorageArea
from archive.store.models import Instance
from archive.upper_layer.negotiation import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from pacs_hub.kernel.errors import Conflict, HubError

_DEFLATED: Final = DeflatedExplicitVRLittleEndian
_ENCAPSULATED: Final = "1.2.840.10008.5.1.4.1.1.104."
_RISKY: Final = (
    "1.2.840.10008.5.1.4.1.1.6",  # ultrasound
    "1.2.840.10008.5.1.4.1.1.3",  # ultrasound multi-frame
    "1.2.840.10008.5.1.4.1.1.7",  # secondary capture
    "1.2.840.10008.5.1.4.1.1.77.1.1.1",  # video endoscopy
    "1.2.840.10008.5.1.4.1.1.77.1.2.1",  # video microscopy
    "1.2.840.10008.5.1.4.1.1.77.1.4.1",  # video photography
    "1.2.840.10008.5.1.4.1.1.88",  # structured reports
    "1.2.840.10008.5.1.4.1.1.11",  # presentation states: texts of people
    "1.2.840.10008.5.1.4.1.1.9.",  # waveforms: annotations
)
"""Classes, with all below them, whose pixels or texts often say who it is."""


class MayShowWho(Conflict):
    """Its pixels or texts may say who it is, which no header tells."""

    code = "may-show-who"


def leave_anonymous(
    row: Instance,
    *,
    area: StorageArea,
    profile: Profile,
    accepted: Sequence[str] | None = None,
    burned_in: bool = False,
    overlay: bool = True,
) -> Leaving:
    """Return the object ready to be sent without whom it is of; as `leave` otherwise.

    With `burned_in` also what may say it in pixels or texts leaves, its header cleaned; an
    encapsulated document never does.

    Raises:
        MayShowWho: it is of a class that often says it, or says itself that it does.
        CannotTranscode, BrokenElements, Unknown, Unavailable: as `leave`.
    """
    if row.sop_class_uid.startswith(_ENCAPSULATED):
        raise MayShowWho("an encapsulated document is never sent anonymised")
    if not burned_in and any(_is_below(row.sop_class_uid, uid) for uid in _RISKY):
        raise MayShowWho("objects of this class often show whom they are of")
    if accepted is None and row.transfer_syntax_uid == _DEFLATED:
        accepted = (ExplicitVRLittleEndian,)
    elif accepted is not None:  # what is deflated cannot be looked into on the way
        accepted = [uid for uid in accepted if uid != _DEFLATED]
    leaving = leave(row, area=area, accepted=accepted, overlay=overlay)
    try:
        return _without_whom(leaving, profile, burned_in=burned_in)
    except HubError:
        leaving.close()
        raise


def _without_whom(leaving: Leaving, profile: Profile, *, burned_in: bool) -> Leaving:
    file = open_segments(leaving.body)
    source = look_at(
        file,
        start=0,
        stop=length_of(leaving.body),
        transfer_syntax_uid=leaving.transfer_syntax_uid,
    )
    if not burned_in and source.value(BURNED_IN_ANNOTATION).strip() == b"YES":
        raise MayShowWho("the object says that it shows whom it is of")
    if is_sealed(source, profile):
        return leaving
    uid = profile.uid(leaving.sop_instance_uid)
    meta = file_header(
        sop_class_uid=leaving.sop_class_uid,
        sop_instance_uid=uid,
        transfer_syntax_uid=leaving.transfer_syntax_uid,
        source_ae_title="",
        receiving_ae_title="",
        implementation_class_uid=IMPLEMENTATION_CLASS_UID,
        implementation_version_name=IMPLEMENTATION_VERSION_NAME,
    )
    body = deidentified(source, profile)
    return replace(
        leaving, sop_instance_uid=uid, meta=meta, body=body, length=length_of([meta, *body])
    )


def _is_below(uid: str, of: str) -> bool:
    return uid == of.rstrip(".") or uid.startswith(of if of.endswith(".") else f"{of}.")
