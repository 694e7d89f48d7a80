"""Stay under budget: how long a file of each kind, and a function, may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.checks.source import PACKAGES, is_within, modules

DOOR, SERVICES, RULES, MODELS, MAP, TEST, ANY, FUNCTION = 150, 250, 200, 200, 300, 300, 400, 60
HAND_WRITTEN = {".py", ".html", ".css", ".js", ".sh", ".toml", ".txt"}
FOLDERS = (*PACKAGES, "tests", "deploy", ".ci")
NOT_OURS = {"node_modules", "vendor", "migrations", "__pycache__", "golden"}
DOOR_FOLDERS = ("archive.dicomweb", "integrations.fhir.web", "integrations.hl7.inbound")
MAP_FOLDERS = ("integrations.hl7.maps", "integrations.fhir.resources")


def over_budget(root: Path) -> list[str]:
    """Return one line for each file that is longer than its kind may be."""
    wrong: list[str] = []
    for path in hand_written(root):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        kind, budget = budget_of(path.relative_to(root))
        if lines > budget:
            where = path.relative_to(root).as_posix()
            wrong.append(f"{where} has {lines} lines; {kind} may have {budget}")
    return wrong


def hand_written(root: Path) -> Iterator[Path]:
    """Yield every file of the tree that a person keeps."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in HAND_WRITTEN and not NOT_OURS & set(path.relative_to(root).parts):
                yield path


def budget_of(place: Path) -> tuple[str, int]:
    """Return the kind of the file at `place` below the root, and its budget."""
    name, dotted = place.stem, ".".join(place.with_suffix("").parts)
    if place.suffix != ".py":
        return "a file", ANY
    if place.parts[0] == "tests":
        return ("a test file", TEST) if name.startswith("test_") else ("a file", ANY)
    if "services" in place.with_suffix("").parts:
        return "a service", SERVICES
    if name in {"rules", "scoring"}:
        return "a rules file", RULES
    if name == "models":
        return "a models file", MODELS
    if any(is_within(dotted, folder) for folder in MAP_FOLDERS):
        return "a map", MAP
    if is_door(place):
        return "a door", DOOR
    return "a file", ANY


def is_door(place: Path) -> bool:
    """Say whether the Python file at `place` stands at the border of the hub."""
    dotted = ".".join(place.with_suffix("").parts)
    in_web = "web" in place.parts and place.stem.startswith(("api", "pages"))
    in_folder = any(is_within(dotted, folder) for folder in DOOR_FOLDERS)
    return in_web or in_folder or place.stem.endswith("_scp")


def long_functions(root: Path) -> list[str]:
    """Return one line for each function of more than 60 lines, tests included."""
    wrong: list[str] = []
    for module in modules(root, *PACKAGES, "tests"):
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION:
                    wrong.append(f"{module.where}:{node.lineno} {node.name} has {lines} lines")
    return wrong
