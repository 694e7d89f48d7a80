"""Habit 5: what grows beyond its budget is two things and wants two names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.checks.budgets import long_functions, over_budget
from tests.architecture.checks.source import PROJECT, plant


def test_every_file_is_within_its_budget() -> None:
    assert over_budget(PROJECT) == []


def test_every_function_is_within_its_budget() -> None:
    assert long_functions(PROJECT) == []


@pytest.mark.parametrize(
    ("place", "budget"),
    [
        ("archive/dimse/store_scp.py", 150),
        ("archive/dicomweb/stow.py", 150),
        ("worklist/web/pages.py", 150),
        ("worklist/web/api_exams.py", 150),
        ("integrations/hl7/inbound/adt.py", 150),
        ("integrations/fhir/web/views.py", 150),
        ("archive/store/services.py", 250),
        ("archive/store/services/_store.py", 250),
        ("worklist/orders/rules.py", 200),
        ("worklist/reconcile/scoring.py", 200),
        ("worklist/orders/models.py", 200),
        ("integrations/hl7/maps/orm2order.py", 300),
        ("tests/archive/store/test_services.py", 300),
        ("tests/support/builders.py", 400),
        ("pacs_hub/processes/supervisor.py", 400),
        ("pacs_hub/web/templates/web/base.html", 400),
    ],
)
def test_one_line_over_budget_is_found(tmp_path: Path, place: str, budget: int) -> None:
    plant(tmp_path, {place: "x\n" * budget})
    assert over_budget(tmp_path) == []
    plant(tmp_path, {place: "x\n" * (budget + 1)})
    assert len(over_budget(tmp_path)) == 1


@pytest.mark.parametrize("place", ["archive/store/services.py", "tests/flows/test_story.py"])
def test_a_function_over_budget_is_found(tmp_path: Path, place: str) -> None:
    plant(tmp_path, {place: "def long() -> None:\n" + "    pass\n" * 59})
    assert long_functions(tmp_path) == []
    plant(tmp_path, {place: "async def long() -> None:\n" + "    pass\n" * 60})
    assert len(long_functions(tmp_path)) == 1
