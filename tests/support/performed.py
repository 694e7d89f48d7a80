"""What a modality says of the step it performs (PS3.4 F.7.2), made from its worklist item."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pydicom import Dataset

ZONE = ZoneInfo("Europe/Paris")
"""The zone of the sites in tests: a scanner tells local time."""


def started(item: Dataset) -> Dataset:
    """Return the N-CREATE attributes for a worklist item."""
    step = item.ScheduledProcedureStepSequence[0]
    reference = Dataset()
    reference.StudyInstanceUID = item.StudyInstanceUID
    reference.AccessionNumber = item.AccessionNumber
    reference.RequestedProcedureID = item.RequestedProcedureID
    reference.ScheduledProcedureStepID = step.ScheduledProcedureStepID
    reference.ReferencedStudySequence = []
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ScheduledStepAttributesSequence = [reference]
    ds.PatientName = item.PatientName
    ds.PatientID = item.PatientID
    ds.PatientBirthDate = item.PatientBirthDate
    ds.PatientSex = item.PatientSex
    ds.PerformedProcedureStepID = "PPS1"
    ds.PerformedStationAETitle = "CT1"
    ds.PerformedProcedureStepStartDate = f"{datetime.now(ZONE):%Y%m%d}"
    ds.PerformedProcedureStepStartTime = f"{datetime.now(ZONE):%H%M%S}"
    ds.PerformedProcedureStepStatus = "IN PROGRESS"
    ds.PerformedProcedureStepEndDate = ""
    ds.PerformedProcedureStepEndTime = ""
    ds.Modality = step.Modality
    ds.PerformedProtocolCodeSequence = []
    ds.PerformedSeriesSequence = []
    return ds


def ended(images: Sequence[Dataset], *, status: str = "COMPLETED") -> Dataset:
    """Return the N-SET attributes that end the step with these images."""
    series = Dataset()
    series.SeriesInstanceUID = images[0].SeriesInstanceUID
    series.ProtocolName = "head"
    series.PerformingPhysicianName = ""
    series.OperatorsName = ""
    series.SeriesDescription = "head"
    series.RetrieveAETitle = ""
    series.ReferencedNonImageCompositeSOPInstanceSequence = []
    series.ReferencedImageSequence = []
    for image in images:
        reference = Dataset()
        reference.ReferencedSOPClassUID = image.SOPClassUID
        reference.ReferencedSOPInstanceUID = image.SOPInstanceUID
        series.ReferencedImageSequence.append(reference)
    ds = Dataset()
    ds.PerformedProcedureStepStatus = status
    ds.PerformedProcedureStepEndDate = f"{datetime.now(ZONE):%Y%m%d}"
    ds.PerformedProcedureStepEndTime = f"{datetime.now(ZONE):%H%M%S}"
    ds.PerformedSeriesSequence = [series]
    return ds
