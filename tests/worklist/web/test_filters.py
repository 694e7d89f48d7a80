"""Reading the query string of a list."""

from __future__ import annotations

import pytest

from tests.support.builders import an_exam
from tests.support.callers import caller

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", ["accession_number=", "date=&status=", "has_images=&q="])
def test_an_empty_filter_asks_for_nothing(query: str) -> None:
    an_exam()
    assert caller("admin").get(f"/api/exams/?{query}").json()["count"] == 1
