"""A scheme has one designator in DICOM, and is found again by it."""

from __future__ import annotations

import pytest

from worklist.orders.schemes import DESIGNATORS, LONGEST, designator, is_known, sent_as


@pytest.mark.parametrize(
    ("scheme", "wanted"),
    [
        ("LN", "LN"),
        ("2.16.840.1.113883.6.1", "LN"),
        ("SNM", "SCT"),
        ("C4", "C4"),
        ("cpt4", "C4"),
        ("I10", "I10"),
        ("RADLEX", "RADLEX"),
        ("L", "99L"),
        ("99GHX", "99GHX"),
        ("99" + "X" * 20, "99" + "X" * 14),
        ("ISO+", "ISO+"),
        ("", "99HIS"),
        ("EPIC", "99HIS"),
    ],
)
def test_schemes_by_their_names_in_dicom(scheme: str, wanted: str) -> None:
    assert designator(scheme) == wanted
    assert len(designator(scheme)) <= LONGEST


def test_a_scheme_is_found_by_its_designator_and_by_the_name_it_came_with() -> None:
    assert set(sent_as("LN")) >= {"LN", "LOINC", "2.16.840.1.113883.6.1"}
    assert set(sent_as("99L")) == {"99L", "L"}
    assert all(name in sent_as(known) for name, known in DESIGNATORS.items())


def test_only_a_scheme_with_a_name_is_known() -> None:
    assert is_known("LN")
    assert not is_known("EPIC")
    assert not is_known("")
