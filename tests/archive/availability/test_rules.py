"""What a notification says of a study: its step, and of each object where it is."""

from __future__ import annotations

from archive.availability.rules import PERFORMED_STEP, Available, AvailableSeries, content


def series(*, is_near: bool = False) -> AvailableSeries:
    """Return a series of one object."""
    one = Available(sop_class_uid="1.2", sop_instance_uid="1.2.1", is_near=is_near)
    return AvailableSeries(series_instance_uid="1.2.3", objects=[one])


def test_each_object_says_how_it_is_had() -> None:
    said = content(
        study_instance_uid="1.9",
        performed_step_uid="1.8",
        series=[series(), series(is_near=True)],
        retrieve_ae_title="PACSHUB",
    )
    assert said.StudyInstanceUID == "1.9"
    (step,) = said.ReferencedPerformedProcedureStepSequence
    assert step.ReferencedSOPClassUID == PERFORMED_STEP
    assert step.ReferencedSOPInstanceUID == "1.8"
    first, second = said.ReferencedSeriesSequence
    (item,) = first.ReferencedSOPSequence
    assert (item.InstanceAvailability, item.RetrieveAETitle) == ("ONLINE", "PACSHUB")
    assert second.ReferencedSOPSequence[0].InstanceAvailability == "NEARLINE"


def test_without_a_step_none_is_named() -> None:
    said = content(
        study_instance_uid="1.9", performed_step_uid="", series=[], retrieve_ae_title="PACSHUB"
    )
    assert list(said.ReferencedPerformedProcedureStepSequence) == []
