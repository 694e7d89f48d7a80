"""What the site, or one of its peers, wants done with objects that are odd; pure.

The values are those of the site file: table [archive], and keys of [[dicom_peer]] that override.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from archive.dicom.storage_classes import STORAGE_CLASSES, may_be_storage

ACCEPT: Final = "accept"
KEEP_ASIDE: Final = "keep-aside"
REFUSE: Final = "refuse"
GB: Final = 10**9


@dataclass(frozen=True, kw_only=True)
class Policies:
    """One answer for each kind of oddity; the defaults are those of a site that says nothing.

    Whatever is kept aside or refused is kept, byte for byte, for a person to look at: the two
    differ in what the sender is told. Sizes are bytes, 0 is no limit.
    """

    different_object: str = KEEP_ASIDE
    missing_patient_id: str = ACCEPT
    conflicting_patient: str = KEEP_ASIDE
    relational_mismatch: str = KEEP_ASIDE
    unknown_sop_class: str = ACCEPT
    sop_classes: frozenset[str] = frozenset()
    transfer_syntaxes: tuple[str, ...] = ()
    quota: int = 0
    peer_quota: int = 0
    reserve: int = GB
    is_decided: bool = False

    @property
    def checks_patient(self) -> bool:
        """Say whether an object that names another patient than its study stays out of it."""
        return self.conflicting_patient != ACCEPT

    def takes(self, sop_class_uid: str) -> bool:
        """Say whether objects of this class are filed."""
        if self.is_decided or sop_class_uid in STORAGE_CLASSES or sop_class_uid in self.sop_classes:
            return True
        return self.unknown_sop_class == ACCEPT and may_be_storage(sop_class_uid)


def policies_of(*, site: Mapping[str, Any], peer: Mapping[str, Any]) -> Policies:
    """Return the policies for a peer: its own words where it has any, else the site's."""
    said = {**_answers(site), **_answers(peer)}
    return Policies(
        **said,
        sop_classes=frozenset([*site.get("sop_classes", ()), *peer.get("sop_classes", ())]),
        transfer_syntaxes=tuple(
            dict.fromkeys([*site.get("transfer_syntaxes", ()), *peer.get("transfer_syntaxes", ())])
        ),
        quota=_bytes(site, "quota_gb", 0),
        peer_quota=_bytes(peer, "quota_gb", 0),
        reserve=_bytes(site, "reserve_gb", 1),
    )


DECIDED: Final = Policies(
    conflicting_patient=ACCEPT, relational_mismatch=ACCEPT, is_decided=True, reserve=0
)
"""For what a person files after all, and what the hub itself files: nobody is asked again."""

_ANSWERS: Final = (
    "different_object",
    "missing_patient_id",
    "conflicting_patient",
    "unknown_sop_class",
)


def _answers(said: Mapping[str, Any]) -> dict[str, Any]:
    return {key: said[key] for key in _ANSWERS if said.get(key)}


def _bytes(said: Mapping[str, Any], key: str, default: int) -> int:
    value = said.get(key)
    return (default if value is None else int(value)) * GB
