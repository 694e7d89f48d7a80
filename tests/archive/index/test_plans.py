"""The usual questions are answered from indexes, with statistics or without, in few queries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.index.keys import Level
from archive.index.queries import Search, find, stream
from tests.archive.index.test_queries import matches
from tests.bench.studies import ROOT, family, fill_hub, name

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sqlite_only,  # reads its plans
]
STUDIES = 400
QUESTIONS = {
    "an ID": (Level.STUDY, {"PatientID": "ID77"}),
    "the beginning of an ID": (Level.STUDY, {"PatientID": "ID7*"}),
    "the beginning of a name": (Level.STUDY, {"PatientName": f"{family(40)}^*"}),
    "a whole name": (Level.STUDY, {"PatientName": name(41)}),
    "a page of dates": (Level.STUDY, {"StudyDate": "20251230-20260101"}),
    "a moment": (Level.STUDY, {"StudyDate": "20251230-20260101", "StudyTime": "1000-1100"}),
    "dates and modality": (Level.STUDY, {"StudyDate": "20251230-", "ModalitiesInStudy": "CT"}),
    "an accession number": (Level.STUDY, {"AccessionNumber": "ACC77"}),
    "a person by ID": (Level.PATIENT, {"PatientID": "ID77"}),
    "persons by name": (Level.PATIENT, {"PatientName": f"{family(40)}^*"}),
    "studies with a series": (Level.STUDY, {"Modality": "CT", "StudyDate": "20251230-"}),
    "series of a modality": (Level.SERIES, {"Modality": "CT"}),
    "the series of a study": (Level.SERIES, {"StudyInstanceUID": f"{ROOT}.1.77"}),
    "the instances of a series": (Level.INSTANCE, {"SeriesInstanceUID": f"{ROOT}.2.77"}),
}
# What may be walked through from end to end: an index that has the order, where a page is read.
IN_ORDER = "SCAN archive_study USING INDEX study_by_date"


def plan_of(statement: dict[str, Any]) -> list[str]:
    """Return the steps of SQLite's plan of a captured statement."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + statement["sql"])
        return [row[3] for row in cursor.fetchall()]


def forget_statistics() -> None:
    """Let SQLite know nothing of its tables, as in a new database."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")


@pytest.mark.parametrize("is_new", [False, True], ids=["analyzed", "not analyzed"])
def test_no_table_is_walked_through(is_new: bool) -> None:
    fill_hub(STUDIES)
    if is_new:
        forget_statistics()
    for question, (level, keys) in QUESTIONS.items():
        search = Search(
            level=level,
            matches=matches(**keys),
            principal=None,
            one_interval=True,
        )
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page = find(search, limit=10)
        assert page.rows, question
        assert len(captured) <= 7, question
        for statement in captured.captured_queries:
            steps = [
                step for step in plan_of(statement) if re.match(r"SCAN (?!CONSTANT|subquery)", step)
            ]
            assert steps in ([], [IN_ORDER]), (question, statement["sql"])


@pytest.mark.parametrize("is_new", [False, True], ids=["analyzed", "not analyzed"])
def test_a_page_of_everything_is_read_in_the_order_of_an_index(is_new: bool) -> None:
    fill_hub(STUDIES)
    if is_new:
        forget_statistics()
    search = Search(level=Level.STUDY, matches={}, principal=None)
    with CaptureQueriesContext(connection) as captured:
        assert len(find(search, limit=10).rows) == 10
    steps = plan_of(captured.captured_queries[0])
    assert IN_ORDER in steps
    assert "USE TEMP B-TREE FOR ORDER BY" not in steps


def test_a_long_answer_costs_a_query_for_each_page_and_two_for_all() -> None:
    fill_hub(STUDIES + 10)
    search = Search(level=Level.STUDY, matches={}, principal=None)
    with CaptureQueriesContext(connection) as captured:
        assert len(list(stream(search, most=20))) == 20
    assert len(captured) == 2  # studies and patients: a short answer needs no more
    with CaptureQueriesContext(connection) as captured:
        rows = list(stream(search, most=10_000))
    assert len({row.study.pk for row in rows if row.study}) == STUDIES + 10
    assert (
        len(captured) == 2 + 2 * 3
    )  # whether there are many, the ids; then studies and patients, page by page
    moments = [(row.study.study_date, row.study.study_time) for row in rows if row.study]
    assert moments == sorted(moments, reverse=True)
