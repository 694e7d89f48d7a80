"""Which report status follows which: every pair."""

from __future__ import annotations

import pytest

from worklist.results.rules import next_report_status

EXPECTED = {
    "none": {"preliminary": "preliminary", "final": "final", "amended": "final"},
    "preliminary": {"preliminary": "preliminary", "final": "final", "amended": "final"},
    "final": {"preliminary": None, "final": "amended", "amended": "amended"},
    "amended": {"preliminary": None, "final": "amended", "amended": "amended"},
}


@pytest.mark.parametrize("so_far", EXPECTED)
@pytest.mark.parametrize("arriving", ["preliminary", "final", "amended"])
def test_every_pair_of_report_statuses(so_far: str, arriving: str) -> None:
    assert next_report_status(so_far, arriving) == EXPECTED[so_far][arriving]
