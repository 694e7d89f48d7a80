"""What an Instance Availability Notification says (PS3.4 R.3.2, Table R.3.2-1); pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from pydicom import Dataset

NOTIFICATION: Final = "1.2.840.10008.5.1.4.33"
PERFORMED_STEP: Final = "1.2.840.10008.3.1.2.3.3"
NEVER_AGAIN: Final = frozenset({0x0122})  # SOP class not supported
ALREADY_THERE: Final = 0x0111  # it took the notification before, and its answer was lost


@dataclass(frozen=True, kw_only=True)
class Available:
    """One object, and how fast it can be had."""

    sop_class_uid: str
    sop_instance_uid: str
    is_near: bool  # in slower storage

    @property
    def availability(self) -> str:
        """Instance Availability (0008,0056), PS3.3 C.4.23.1.1."""
        return "NEARLINE" if self.is_near else "ONLINE"


@dataclass(frozen=True, kw_only=True)
class AvailableSeries:
    """The objects of one series."""

    series_instance_uid: str
    objects: Sequence[Available]


def content(
    *,
    study_instance_uid: str,
    performed_step_uid: str,
    series: Iterable[AvailableSeries],
    retrieve_ae_title: str,
) -> Dataset:
    """Return the attributes of the N-CREATE."""
    out = Dataset()
    out.ReferencedPerformedProcedureStepSequence = _step(performed_step_uid)
    out.StudyInstanceUID = study_instance_uid
    out.ReferencedSeriesSequence = [_series(each, retrieve_ae_title) for each in series]
    return out


def _step(uid: str) -> list[Dataset]:
    """Return the performed step, whose kind of work we are not told; nothing where it has none."""
    if not uid:
        return []
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = PERFORMED_STEP, uid
    item.PerformedWorkitemCodeSequence = []
    return [item]


def _series(series: AvailableSeries, retrieve_ae_title: str) -> Dataset:
    out = Dataset()
    out.SeriesInstanceUID = series.series_instance_uid
    out.ReferencedSOPSequence = [_object(each, retrieve_ae_title) for each in series.objects]
    return out


def _object(available: Available, retrieve_ae_title: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = available.sop_class_uid
    item.ReferencedSOPInstanceUID = available.sop_instance_uid
    item.InstanceAvailability = available.availability
    item.RetrieveAETitle = retrieve_ae_title
    return item
