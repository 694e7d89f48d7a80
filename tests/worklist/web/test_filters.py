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


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("exams/9999999999999999999999/", 404),
        ("studies/9999999999999999999999/", 404),
        ("studies/?exam=9999999999999999999999", 400),
        ("charges/?exam=9999999999999999999999", 400),
        ("messages/in-9999999999999999999999/", 404),
        ("exams/?q=%00", 400),
        ("exams/?page=9999999999999999999999", 404),
        ("exams/?date=99999-01-01", 400),
        ("nothing/", 404),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(place: str, status: int) -> None:
    answer = caller("admin").get(f"/api/{place}")
    assert answer.status_code == status
    assert answer.json()["code"]
    assert answer.json()["message"]


@pytest.mark.parametrize("body", ["{", "[]", "null", '{"exam": null}', '{"exam": 1e400}'])
def test_a_body_that_makes_no_sense_is_refused_in_words(body: str) -> None:
    answer = caller("admin").post("/api/studies/1/link/", body, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "field"}
