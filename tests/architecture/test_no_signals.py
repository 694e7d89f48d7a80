"""Habits that keep the flow readable: no signal, no hidden setting, no late import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.checks import habits
from tests.architecture.checks.source import PROJECT, plant

Check = Callable[[Path], list[str]]

CHECKS: list[Check] = [
    habits.signals,
    habits.settings_in_slices,
    habits.late_imports,
    habits.names_that_say_nothing,
    habits.tables_at_doors,
    habits.tasks_from_services,
    habits.private_names_in_tests,
    habits.undocumented,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_habit_is_kept(check: Check) -> None:
    assert check(PROJECT) == []


def test_only_the_outermost_loops_catch_everything() -> None:
    assert len(habits.swallowed_errors(PROJECT)) <= habits.OUTERMOST_LOOPS


@pytest.mark.parametrize(
    ("check", "place", "text"),
    [
        (habits.signals, "archive/store/a.py", "from django.dispatch import receiver"),
        (habits.signals, "archive/store/a.py", "from django.db.models.signals import post_save"),
        (habits.signals, "archive/store/a.py", "def f(s):\n    s.post_save.connect(f)"),
        (habits.settings_in_slices, "worklist/orders/rules.py", "from django.conf import settings"),
        (habits.settings_in_slices, "archive/store/services.py", "import django.conf"),
        (habits.late_imports, "worklist/orders/services.py", "def f():\n    import os"),
        (habits.late_imports, "tests/flows/test_a.py", "def f():\n    from os import path"),
        (habits.names_that_say_nothing, "worklist/utils.py", ""),
        (habits.names_that_say_nothing, "archive/core/matching.py", ""),
        (habits.tables_at_doors, "worklist/web/pages.py", "x = Exam.objects.all()"),
        (habits.tables_at_doors, "worklist/dimse/mpps_scp.py", "x = Exam.objects.all()"),
        (habits.tasks_from_services, "worklist/orders/services.py", "send.delay(1)"),
        (habits.private_names_in_tests, "tests/a/test_b.py", "from archive.store import _read"),
        (habits.undocumented, "archive/store/a.py", "x = 1"),
        (habits.undocumented, "archive/store/a.py", '"""A."""\ndef f():\n    return 1'),
        (habits.swallowed_errors, "archive/a.py", "try:\n    f()\nexcept Exception:\n    pass"),
        (habits.swallowed_errors, "archive/a.py", "try:\n    f()\nexcept:\n    pass"),
    ],
)
def test_a_broken_habit_is_found(tmp_path: Path, check: Check, place: str, text: str) -> None:
    assert check(plant(tmp_path, {place: text})) != []


@pytest.mark.parametrize(
    ("check", "place", "text"),
    [
        (
            habits.settings_in_slices,
            "archive/dimse/store_scp.py",
            "from django.conf import settings",
        ),
        (habits.settings_in_slices, "archive/tasks.py", "from django.conf import settings"),
        (habits.signals, "archive/store/a.py", "def f(s):\n    s.connect(('127.0.0.1', 1))"),
        (habits.tables_at_doors, "worklist/exams/queries.py", "x = Exam.objects.all()"),
        (habits.swallowed_errors, "archive/a.py", "try:\n    f()\nexcept Exception:\n    raise"),
    ],
)
def test_what_is_allowed_is_left_alone(tmp_path: Path, check: Check, place: str, text: str) -> None:
    assert check(plant(tmp_path, {place: text})) == []
