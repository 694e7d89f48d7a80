"""Rejection notes as another system's quality workstation makes them, element by element."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from pydicom import Dataset
from pydicom.uid import KeyObjectSelectionDocumentStorage

from tests.support.datasets import ct_instance, new_uid


def code(value: str, meaning: str) -> Dataset:
    """Return a code of the DICOM Controlled Terminology."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
    return item


def rejection_note(*objects: Dataset, title: str = "113001", text: str = "moved") -> Dataset:
    """Return a note in the study of the first of the objects it rejects."""
    first = objects[0]
    note = Dataset()
    for keyword in ("PatientID", "PatientName", "IssuerOfPatientID", "PatientBirthDate"):
        setattr(note, keyword, first.get(keyword))
    for keyword in ("PatientSex", "StudyInstanceUID", "StudyID", "StudyDate", "StudyTime"):
        setattr(note, keyword, first.get(keyword))
    note.AccessionNumber = first.get("AccessionNumber")
    note.SOPClassUID = KeyObjectSelectionDocumentStorage
    note.SOPInstanceUID, note.SeriesInstanceUID = new_uid(), new_uid()
    note.Modality, note.SeriesNumber, note.InstanceNumber = "KO", "99", "1"
    note.ContentDate, note.ContentTime = "20260105", "120000"
    note.ValueType, note.ContinuityOfContent = "CONTAINER", "SEPARATE"
    note.ConceptNameCodeSequence = [code(title, "as coded")]
    note.CurrentRequestedProcedureEvidenceSequence = [
        _evidence(uid, items)
        for uid, items in groupby(objects, key=lambda ds: str(ds.StudyInstanceUID))
    ]
    described = Dataset()
    described.RelationshipType, described.ValueType = "CONTAINS", "TEXT"
    described.ConceptNameCodeSequence = [code("113012", "Key Object Description")]
    described.TextValue = text
    note.ContentSequence = [described, *(_image(ds) for ds in objects)]
    return note


def of_a_study(count: int, **over: str) -> list[Dataset]:
    """Return CT images of one series."""
    first = ct_instance(**over)
    same = {
        "StudyInstanceUID": first.StudyInstanceUID,
        "SeriesInstanceUID": first.SeriesInstanceUID,
    }
    return [first, *(ct_instance(**{**over, **same}) for _ in range(count - 1))]


def _evidence(study_uid: str, objects: Iterable[Dataset]) -> Dataset:
    study = Dataset()
    study.StudyInstanceUID = study_uid
    study.ReferencedSeriesSequence = []
    for series_uid, items in groupby(objects, key=lambda ds: str(ds.SeriesInstanceUID)):
        series = Dataset()
        series.SeriesInstanceUID = series_uid
        series.ReferencedSOPSequence = [_named(ds) for ds in items]
        study.ReferencedSeriesSequence.append(series)
    return study


def _image(ds: Dataset) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "IMAGE"
    item.ReferencedSOPSequence = [_named(ds)]
    return item


def _named(ds: Dataset) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    return item
