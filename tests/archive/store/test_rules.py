"""What is read of a header: odd values are left out, identity is not."""

from __future__ import annotations

from datetime import date, time

import pytest
from pydicom import Dataset

from archive.storage.layout import BadUid
from archive.store.rules import MissingIdentity, facts_of, instance_facts


def header(**over: object) -> Dataset:
    dataset = Dataset()
    for name in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
        setattr(dataset, name, "1.2.3")
    for name, value in over.items():
        setattr(dataset, name, value)
    return dataset


def test_dates_times_and_numbers_are_read() -> None:
    read = header(StudyDate="20260105", StudyTime="101500.25", InstanceNumber="7", Rows=512)
    facts, instance = facts_of(read), instance_facts(read)
    assert (facts.study_date, facts.study_time) == (date(2026, 1, 5), time(10, 15, 0, 250000))
    assert (instance.instance_number, instance.rows, instance.number_of_frames) == (7, 512, 1)


def test_an_old_acr_date_is_understood() -> None:
    assert facts_of(header(StudyDate="2026.01.05")).study_date == date(2026, 1, 5)


@pytest.mark.filterwarnings("ignore")
def test_odd_values_are_left_out_and_never_refused() -> None:
    facts = facts_of(header(StudyDate="yesterday", StudyTime="noon"))
    assert (facts.study_date, facts.study_time) == (None, None)


def test_text_is_trimmed_to_its_column() -> None:
    assert facts_of(header(StudyDescription="x" * 64 + " ")).study_description == "x" * 64


@pytest.mark.parametrize("keyword", ["StudyInstanceUID", "SOPClassUID"])
def test_a_missing_identity_is_refused(keyword: str) -> None:
    with pytest.raises(MissingIdentity):
        instance_facts(header(**{keyword: ""}))


@pytest.mark.filterwarnings("ignore")
def test_a_uid_with_path_characters_is_refused() -> None:
    with pytest.raises(BadUid):
        facts_of(header(SeriesInstanceUID="../1"))
