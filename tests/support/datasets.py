"""Small valid DICOM objects of invented people; override what a test is about by keyword."""

from __future__ import annotations

import io
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    DigitalXRayImageStorageForPresentation,
    EncapsulatedPDFStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    MRImageStorage,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

IMPLEMENTATION_CLASS_UID = "2.25.311446298305146103262812953302016405551"


def new_uid() -> str:
    """Return a fresh UID under 2.25."""
    return str(generate_uid(prefix=None))


def _patient_and_study(modality: str, sop_class_uid: str) -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID = sop_class_uid
    ds.SOPInstanceUID = new_uid()
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = ds.AcquisitionDate = "20260105"
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = ds.AcquisitionTime = "101500"
    ds.AccessionNumber = "A100"
    ds.Modality = modality
    ds.Manufacturer = "Invented Imaging"
    ds.InstitutionName = "General Hospital"
    ds.ReferringPhysicianName = "Ferrer^Rita"
    ds.StationName = f"{modality}1"
    ds.StudyDescription = f"{modality} study"
    ds.SeriesDescription = f"{modality} series"
    ds.ManufacturerModelName = "Phantom 1"
    ds.PatientName = "Doe^Jane"
    ds.PatientID = "P100"
    ds.IssuerOfPatientID = "GH"
    ds.PatientBirthDate = "19700101"
    ds.PatientSex = "F"
    ds.PatientPosition = "HFS"
    ds.StudyInstanceUID = new_uid()
    ds.SeriesInstanceUID = new_uid()
    ds.StudyID = "S100"
    ds.SeriesNumber = "1"
    ds.InstanceNumber = "1"
    return ds


def _pixels(ds: Dataset, pixels: np.ndarray[Any, Any], *, stored_bits: int) -> None:
    """Put `pixels` (rows x columns, or frames x rows x columns) into the dataset."""
    frames = pixels if pixels.ndim == 3 else pixels[np.newaxis]
    allocated = pixels.dtype.itemsize * 8
    if pixels.ndim == 3:
        ds.NumberOfFrames = str(frames.shape[0])
    ds.Rows, ds.Columns = frames.shape[1], frames.shape[2]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, stored_bits, stored_bits - 1
    ds.PixelRepresentation = 0
    data = frames.tobytes()
    ds.add_new(0x7FE00010, "OW", data + b"\0" * (len(data) % 2))


def disc(
    rows: int = 32, columns: int = 32, *, top: int = 2000, dtype: str = "uint16"
) -> np.ndarray[Any, Any]:
    """Return a bright disc on a dark ramp: looks the same way up on any screen."""
    y, x = np.mgrid[0:rows, 0:columns]
    inside = (y - rows / 2) ** 2 + (x - columns / 2) ** 2 < (min(rows, columns) / 3) ** 2
    return np.where(inside, top, (x * top) // (4 * columns)).astype(dtype)


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _slice_geometry(ds: Dataset, position: float) -> None:
    ds.FrameOfReferenceUID = new_uid()
    ds.PositionReferenceIndicator = ""
    ds.ImagePositionPatient = [0, 0, position]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.SliceThickness = 1
    ds.SliceLocation = position
    ds.PixelSpacing = [1, 1]
    ds.AcquisitionNumber = "1"


def ct_instance(*, rows: int = 32, columns: int = 32, **overrides: Any) -> Dataset:
    """Return one CT slice (PS3.3 A.3); overrides are set by keyword, None removes."""
    ds = _patient_and_study("CT", CTImageStorage)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.BodyPartExamined = "HEAD"
    ds.KVP = "120"
    _slice_geometry(ds, 0)
    ds.WindowCenter, ds.WindowWidth = "40", "400"
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "-1024", "1", "HU"
    _pixels(ds, disc(rows, columns), stored_bits=12)
    return _overridden(ds, overrides)


def mr_instance(*, rows: int = 32, columns: int = 32, **overrides: Any) -> Dataset:
    """Return one MR slice (PS3.3 A.4)."""
    ds = _patient_and_study("MR", MRImageStorage)
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = "SE", "NONE", ""
    ds.MRAcquisitionType, ds.EchoTime, ds.RepetitionTime = "2D", "10", "500"
    ds.EchoTrainLength = "1"
    ds.Laterality = ""
    _slice_geometry(ds, 0)
    _pixels(ds, disc(rows, columns, top=900), stored_bits=12)
    return _overridden(ds, overrides)


def cr_instance(*, rows: int = 64, columns: int = 48, **overrides: Any) -> Dataset:
    """Return one computed radiograph (PS3.3 A.2)."""
    ds = _patient_and_study("CR", ComputedRadiographyImageStorage)
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.BodyPartExamined, ds.ViewPosition = "CHEST", "PA"
    ds.PatientOrientation = ["L", "F"]
    _pixels(ds, disc(rows, columns, top=1000), stored_bits=10)
    return _overridden(ds, overrides)


def dx_instance(*, rows: int = 64, columns: int = 48, **overrides: Any) -> Dataset:
    """Return one digital radiograph for presentation (PS3.3 A.26), inverted greyscale."""
    ds = _patient_and_study("DX", DigitalXRayImageStorageForPresentation)
    ds.ImageType = ["ORIGINAL", "PRIMARY", ""]
    ds.PresentationIntentType = "FOR PRESENTATION"
    ds.BodyPartExamined, ds.ViewPosition, ds.ImageLaterality = "CHEST", "PA", "U"
    ds.PatientOrientation = ["L", "F"]
    ds.WindowCenter, ds.WindowWidth = "500", "1000"
    _pixels(ds, disc(rows, columns, top=1000), stored_bits=12)
    ds.PhotometricInterpretation = "MONOCHROME1"
    ds.PresentationLUTShape, ds.PixelIntensityRelationship = "INVERSE", "LIN"
    ds.PixelIntensityRelationshipSign, ds.BurnedInAnnotation = 1, "NO"
    ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "0", "1", "US"
    ds.AnatomicRegionSequence = [_code("51185008", "SCT", "Chest")]
    ds.AcquisitionContextSequence = []
    ds.LossyImageCompression, ds.ImagerPixelSpacing = "00", [1, 1]
    ds.DetectorType, ds.PositionerType = "DIRECT", ""
    return _overridden(ds, overrides)


def us_instance(*, frames: int = 3, rows: int = 32, columns: int = 40, **overrides: Any) -> Dataset:
    """Return an 8-bit ultrasound loop (PS3.3 A.7) whose frames differ in brightness."""
    ds = _patient_and_study("US", UltrasoundMultiFrameImageStorage)
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.Laterality = ds.PatientOrientation = ""
    ds.FrameTime = "40"
    ds.FrameIncrementPointer = 0x00181063
    stack = np.stack([disc(rows, columns, top=60 + 40 * n, dtype="uint8") for n in range(frames)])
    _pixels(ds, stack, stored_bits=8)
    return _overridden(ds, overrides)


def pdf_instance(*, content: bytes = b"%PDF-1.4\n%%EOF\n\n", **overrides: Any) -> Dataset:
    """Return an encapsulated PDF (PS3.3 A.45.1): an object without pixels."""
    ds = _patient_and_study("DOC", EncapsulatedPDFStorage)
    ds.ConversionType = "WSD"
    ds.BurnedInAnnotation = "YES"
    ds.DocumentTitle = "Report"
    ds.AcquisitionDateTime, ds.ConceptNameCodeSequence = "", []
    ds.MIMETypeOfEncapsulatedDocument = "application/pdf"
    ds.EncapsulatedDocument = content + b"\0" * (len(content) % 2)
    return _overridden(ds, overrides)


def ct_series(count: int, **overrides: Any) -> Iterator[Dataset]:
    """Yield `count` slices of one series of one study, in order."""
    shared = {
        "StudyInstanceUID": new_uid(),
        "SeriesInstanceUID": new_uid(),
        "FrameOfReferenceUID": new_uid(),
        **overrides,
    }
    for number in range(count):
        yield ct_instance(
            **{
                "InstanceNumber": str(number + 1),
                "ImagePositionPatient": [0, 0, number],
                "SliceLocation": number,
                **shared,
            }
        )


def part10(dataset: Dataset, *, transfer_syntax_uid: str = ExplicitVRLittleEndian) -> bytes:
    """Return the dataset as a Part 10 file (PS3.10 7.1).

    Of the compressed syntaxes only those pydicom can encode (RLE, JPEG-LS, JPEG 2000) work.
    """
    copy = deepcopy(dataset)
    copy.file_meta = FileMetaDataset()
    copy.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    copy.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    copy.file_meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    native = transfer_syntax_uid.startswith("1.2.840.10008.1.2") and not (
        transfer_syntax_uid.startswith(("1.2.840.10008.1.2.4.", "1.2.840.10008.1.2.5"))
    )
    copy.file_meta.TransferSyntaxUID = transfer_syntax_uid if native else ExplicitVRLittleEndian
    if not native:
        copy.compress(transfer_syntax_uid, generate_instance_uid=False)
    if transfer_syntax_uid == ExplicitVRBigEndian and "PixelData" in dataset:
        copy.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
    buffer = io.BytesIO()
    copy.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def write_part10(
    dataset: Dataset, path: Path, *, transfer_syntax_uid: str = ExplicitVRLittleEndian
) -> Path:
    """Write the dataset as a Part 10 file and return its path."""
    path.write_bytes(part10(dataset, transfer_syntax_uid=transfer_syntax_uid))
    return path


def _overridden(ds: Dataset, overrides: dict[str, Any]) -> Dataset:
    for keyword, value in overrides.items():
        if value is None:
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, value)
    return ds
