"""Each module that decides something has the test that says what it decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.checks.mirror import modules_without_a_test
from tests.architecture.checks.source import PROJECT, plant

A_TEST = "def test_it() -> None:\n    pass\n"


def test_every_deciding_module_has_its_test() -> None:
    assert modules_without_a_test(PROJECT) == []


@pytest.mark.parametrize(
    ("place", "mirror"),
    [
        ("archive/store/services.py", "tests/archive/store/test_services.py"),
        ("archive/store/services.py", "tests/archive/store/test_services_duplicates.py"),
        ("archive/store/services/__init__.py", "tests/archive/store/test_services.py"),
        ("worklist/orders/rules.py", "tests/worklist/orders/test_rules.py"),
        ("worklist/reconcile/scoring.py", "tests/worklist/reconcile/test_scoring.py"),
        ("integrations/hl7/maps/oru2result.py", "tests/integrations/hl7/maps/test_oru2result.py"),
        ("pacs_hub/site/services.py", "tests/pacs_hub/site/test_services.py"),
    ],
)
def test_a_module_without_its_test_is_found(tmp_path: Path, place: str, mirror: str) -> None:
    plant(tmp_path, {place: "x = 1\n"})
    assert len(modules_without_a_test(tmp_path)) == 1
    plant(tmp_path, {mirror: '"""No test in here."""\n'})
    assert len(modules_without_a_test(tmp_path)) == 1
    plant(tmp_path, {mirror: A_TEST})
    assert modules_without_a_test(tmp_path) == []
