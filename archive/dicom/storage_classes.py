"""Which SOP classes are storage: of the dictionary, retired, or newer than it (PS3.4 B.5); pure."""

from __future__ import annotations

from typing import Final

from pydicom._uid_dict import UID_dictionary

STORAGE_ROOT: Final = "1.2.840.10008.5.1.4."
"""Where DICOM puts the storage classes it adds; of one below it we need no name to keep it."""

_CLASS: Final = "SOP Class"
# Of the standard since 2024, not yet in pydicom's dictionary.
_NEWER: Final = {
    "1.2.840.10008.5.1.4.1.1.9.100.1",  # Waveform Presentation State
    "1.2.840.10008.5.1.4.1.1.9.100.2",  # Waveform Acquisition Presentation State
    "1.2.840.10008.5.1.4.1.1.66.7",  # Label Map Segmentation
    "1.2.840.10008.5.1.4.1.1.66.8",  # Height Map Segmentation
}
# Retired so thoroughly that the dictionary prints no name.
_NAMELESS: Final = {"1.2.840.10008.5.1.4.1.1.12.77", "1.2.840.10008.5.1.4.1.1.40"}
# A DICOMDIR names files; it is no instance of a study, and has no SOP Instance UID in it.
_NOT_COMPOSITE: Final = {"1.2.840.10008.1.3.10"}

STORAGE_CLASSES: Final = frozenset(
    {
        uid
        for uid, (name, kind, *_) in UID_dictionary.items()
        if kind == _CLASS and "Storage" in name and "Storage Commitment" not in name
    }
    - _NOT_COMPOSITE
    | _NEWER
    | _NAMELESS
)
"""Every storage SOP class we know, current and retired."""


def may_be_storage(uid: str) -> bool:
    """Say whether DICOM may have made `uid` a storage class after our dictionary was printed."""
    return uid.startswith(STORAGE_ROOT) and uid not in UID_dictionary
