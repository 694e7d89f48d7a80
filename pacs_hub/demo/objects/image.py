"""The modules every image shares: patient, study, series, equipment, pixels (PS3.3 C.7)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from pacs_hub.demo.worklist_item import WorklistItem, fresh_uid

MPPS_CLASS: Final = "1.2.840.10008.3.1.2.3.3"
IMPLEMENTATION_UID: Final = "2.25.302043790172249692526321623266752743501"


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """One exam at one console: who is on the table, where, since when, under which MPPS."""

    item: WorklistItem
    station_ae_title: str
    station_name: str
    manufacturer: str
    model: str
    institution: str
    started_at: datetime
    mpps_uid: str

    @property
    def seed(self) -> int:
        """Return a number that makes this patient's anatomy their own."""
        return zlib.crc32(self.item.study_instance_uid.encode()) % 100_000


@dataclass(frozen=True, kw_only=True)
class Series:
    """One series: `images` makes its objects one by one, as the scanner does."""

    series_instance_uid: str
    number: int
    description: str
    protocol: str
    images: Callable[[], Iterator[Dataset]]


def has_finding(study_instance_uid: str) -> bool:
    """Say whether this study shows something to report; one in four does."""
    return zlib.crc32(study_instance_uid.encode()) % 4 == 0


def new_image(
    exposure: Exposure,
    *,
    sop_class: str,
    modality: str,
    series_uid: str,
    series_number: int,
    description: str,
    number: int,
    body_part: str,
) -> Dataset:
    """Return an object with all that is not of one modality alone."""
    image = Dataset()
    image.SpecificCharacterSet = "ISO_IR 192"
    image.SOPClassUID = sop_class
    image.SOPInstanceUID = fresh_uid()
    image.InstanceCreationDate = f"{exposure.started_at:%Y%m%d}"
    image.InstanceCreationTime = f"{exposure.started_at:%H%M%S}"
    image.TimezoneOffsetFromUTC = f"{exposure.started_at:%z}"
    _patient(image, exposure.item)
    _study(image, exposure)
    image.Modality = modality
    image.SeriesInstanceUID = series_uid
    image.SeriesNumber = series_number
    image.SeriesDescription = description
    image.SeriesDate = image.StudyDate
    image.SeriesTime = image.StudyTime
    image.ProtocolName = description
    image.BodyPartExamined = body_part
    _request(image, exposure)
    _equipment(image, exposure)
    image.InstanceNumber = number
    image.ContentDate = image.StudyDate
    image.ContentTime = image.StudyTime
    image.AcquisitionDate = image.StudyDate
    image.AcquisitionTime = image.StudyTime
    image.BurnedInAnnotation = "NO"
    return image


def set_pixels(image: Dataset, pixels: NDArray[np.generic], *, stored: int) -> None:
    """Give the image its grey pixels (PS3.3 C.7.6.3); the array's type says size and sign."""
    image.SamplesPerPixel = 1
    image.PhotometricInterpretation = "MONOCHROME2"
    image.Rows, image.Columns = pixels.shape[-2:]
    image.BitsAllocated = pixels.dtype.itemsize * 8
    image.BitsStored = stored
    image.HighBit = stored - 1
    image.PixelRepresentation = 1 if pixels.dtype.kind == "i" else 0
    image.add_new("PixelData", "OW" if image.BitsAllocated > 8 else "OB", pixels.tobytes())
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = image.SOPClassUID
    meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = IMPLEMENTATION_UID  # type: ignore[assignment]
    image.file_meta = meta


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return one coded entry (PS3.3 8.8)."""
    entry = Dataset()
    entry.CodeValue = value
    entry.CodingSchemeDesignator = scheme
    entry.CodeMeaning = meaning[:64]
    return entry


def reference(sop_class: str, sop_instance: str) -> Dataset:
    """Return a reference to one object (PS3.3 10.8)."""
    entry = Dataset()
    entry.ReferencedSOPClassUID = sop_class
    entry.ReferencedSOPInstanceUID = sop_instance
    return entry


def _patient(image: Dataset, item: WorklistItem) -> None:
    image.PatientName = item.patient_name
    image.PatientID = item.patient_id
    if item.issuer_of_patient_id:
        image.IssuerOfPatientID = item.issuer_of_patient_id
    image.PatientBirthDate = item.patient_birth_date
    image.PatientSex = item.patient_sex


def _study(image: Dataset, exposure: Exposure) -> None:
    item = exposure.item
    image.StudyInstanceUID = item.study_instance_uid
    image.StudyDate = f"{exposure.started_at:%Y%m%d}"
    image.StudyTime = f"{exposure.started_at:%H%M%S}"
    image.StudyID = item.requested_procedure_id[:16]
    image.AccessionNumber = item.accession_number
    image.ReferringPhysicianName = item.referring_physician_name
    image.StudyDescription = item.procedure_name[:64]
    if item.procedure_code:
        performed = code(item.procedure_code, item.procedure_scheme or "L", item.procedure_name)
        image.ProcedureCodeSequence = Sequence([performed])


def _request(image: Dataset, exposure: Exposure) -> None:
    item = exposure.item
    image.PerformedProcedureStepID = exposure.mpps_uid[-12:]
    image.PerformedProcedureStepStartDate = f"{exposure.started_at:%Y%m%d}"
    image.PerformedProcedureStepStartTime = f"{exposure.started_at:%H%M%S}"
    image.PerformedProcedureStepDescription = item.procedure_name[:64]
    image.ReferencedPerformedProcedureStepSequence = Sequence(
        [reference(MPPS_CLASS, exposure.mpps_uid)]
    )
    if item.scheduled_procedure_step_id:
        request = Dataset()
        request.RequestedProcedureID = item.requested_procedure_id
        request.RequestedProcedureDescription = item.procedure_name[:64]
        request.ScheduledProcedureStepID = item.scheduled_procedure_step_id
        request.ScheduledProcedureStepDescription = item.procedure_name[:64]
        image.RequestAttributesSequence = Sequence([request])


def _equipment(image: Dataset, exposure: Exposure) -> None:
    image.Manufacturer = exposure.manufacturer
    image.ManufacturerModelName = exposure.model
    image.InstitutionName = exposure.institution
    image.StationName = exposure.station_name[:16]
    image.DeviceSerialNumber = f"SIM-{exposure.station_ae_title}"
    image.SoftwareVersions = "simulated 1.0"
