"""Tests mirror the tree: who changes a file knows which test to open."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.checks.source import Module, modules

MIRRORED = {"services", "rules", "scoring"}
MIRRORED_FOLDERS = ("integrations.hl7.maps.", "integrations.fhir.resources.")


def modules_without_a_test(root: Path) -> list[str]:
    """Return the services, rules, scoring and map modules that no test file mirrors.

    `archive/store/services.py` is mirrored by `tests/archive/store/test_services.py`, or by
    several files that say which behaviour they hold: `test_services_duplicates.py`.
    """
    return [
        f"{module.where} has no {expected(module).as_posix()}"
        for module in modules(root)
        if _is_mirrored(module) and not _tests_of(root, module)
    ]


def expected(module: Module) -> Path:
    """Return the place below the root where the test of `module` belongs."""
    *folders, name = module.name.split(".")
    return Path("tests", *folders, f"test_{name}.py")


def _is_mirrored(module: Module) -> bool:
    name = module.name.rpartition(".")[2]
    in_folder = module.name.startswith(MIRRORED_FOLDERS)
    return not name.startswith("_") and (name in MIRRORED or in_folder)


def _tests_of(root: Path, module: Module) -> bool:
    place = root / expected(module)
    candidates = [place, *place.parent.glob(f"{place.stem}_*.py")]
    return any(path.is_file() and _holds_a_test(path) for path in candidates)


def _holds_a_test(path: Path) -> bool:
    return any(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )
