"""Which report status follows which: every pair."""

from __future__ import annotations

import pytest

from worklist.results.rules import (
    STATUSES,
    exam_status,
    next_report_status,
    with_addendum,
    withdrawn_as,
)

ARRIVING = ("registered", "partial", "preliminary", "final", "amended", "appended")
EXPECTED: dict[str, tuple[str | None, ...]] = {
    "none": ("registered", "partial", "preliminary", "final", "final", "final"),
    "registered": (None, "partial", "preliminary", "final", "final", "final"),
    "partial": (None, "partial", "preliminary", "final", "amended", "preliminary"),
    "preliminary": (None, "preliminary", "preliminary", "final", "amended", "preliminary"),
    "final": (None, None, None, "amended", "amended", "appended"),
    "amended": (None, None, None, "amended", "amended", "appended"),
    "appended": (None, None, None, "amended", "amended", "appended"),
    "cancelled": (None, None, "preliminary", "final", "final", "final"),
    "entered_in_error": (None, None, "preliminary", "final", "final", "final"),
}


@pytest.mark.parametrize("so_far", ["none", *STATUSES])
@pytest.mark.parametrize("arriving", ARRIVING)
def test_every_pair_of_report_statuses(so_far: str, arriving: str) -> None:
    expected = EXPECTED[so_far][ARRIVING.index(arriving)]
    assert next_report_status(so_far, arriving) == expected


@pytest.mark.parametrize(
    ("so_far", "becomes"),
    [
        ("none", None),
        ("registered", "entered_in_error"),
        ("partial", "entered_in_error"),
        ("preliminary", "entered_in_error"),
        ("final", "cancelled"),
        ("amended", "cancelled"),
        ("appended", "cancelled"),
        ("cancelled", None),
        ("entered_in_error", None),
    ],
)
def test_what_could_be_read_is_cancelled_and_the_rest_was_an_error(
    so_far: str, becomes: str | None
) -> None:
    assert withdrawn_as(so_far) == becomes


@pytest.mark.parametrize(
    ("newest", "exam"),
    [
        ([], "none"),
        (["registered"], "none"),
        (["partial"], "preliminary"),
        (["preliminary", "final"], "final"),
        (["appended", "preliminary"], "amended"),
        (["cancelled"], "none"),
        (["cancelled", "final"], "final"),
        (["entered_in_error", "preliminary"], "preliminary"),
    ],
)
def test_an_exam_is_as_far_as_the_furthest_of_its_reports(newest: list[str], exam: str) -> None:
    assert exam_status(newest) == exam


def test_an_addendum_stands_before_what_it_adds_to() -> None:
    text = with_addendum(before="Normal.", addendum="Nodule.", day="2026-11-24")
    assert text == "Addendum of 2026-11-24:\nNodule.\n\nNormal."
