"""Nothing is left unwired: every event is heard, every failure has an answer at every door."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.checks.source import Module, modules

TABLE = "pacs_hub.wiring.subscriptions"
FAMILIES = {"Malformed", "Unknown", "Conflict", "Unavailable"}
DOOR_TABLES = (
    "archive/dimse/statuses.py",
    "worklist/dimse/statuses.py",
    "archive/dicomweb/outcome.py",
    "archive/dicomweb/stow_outcome.py",
    "integrations/fhir/outcome.py",
    "integrations/hl7/ack.py",
    "pacs_hub/web/outcome.py",
)
TABLE_NAMES = {"SUBSCRIPTIONS", "UNHEARD"}


def events(root: Path) -> dict[str, str]:
    """Return the concrete events of the tree, name to place: those no other event builds on."""
    bases: dict[str, set[str]] = {}
    places: dict[str, str] = {}
    for module in modules(root):
        if not module.name.endswith(".events") or module.name == "pacs_hub.kernel.events":
            continue
        for node in module.syntax.body:
            if isinstance(node, ast.ClassDef):
                bases[node.name] = {b.id for b in node.bases if isinstance(b, ast.Name)}
                places[node.name] = f"{module.where}:{node.lineno}"
    built_on = set().union(*bases.values()) if bases else set()
    known = {"Event"}
    while True:
        more = {name for name, above in bases.items() if above & known} - known
        if not more:
            break
        known |= more
    return {name: places[name] for name in sorted(known - {"Event"} - built_on)}


def unwired_events(root: Path) -> list[str]:
    """Return the events that are neither in SUBSCRIPTIONS nor in UNHEARD, or in both."""
    heard, unheard = _first_names(root, "SUBSCRIPTIONS"), _first_names(root, "UNHEARD")
    found = events(root)
    wrong = [
        f"{place} {name} is not wired"
        for name, place in found.items()
        if name not in heard | unheard
    ]
    wrong += [f"{name} is heard and unheard" for name in sorted(heard & unheard)]
    wrong += [f"{name} is wired and is no event" for name in sorted((heard | unheard) - set(found))]
    return wrong


def unresolved_subscribers(root: Path) -> list[str]:
    """Return the subscribers of the table that name no function of the tree."""
    table = _table(root)
    if table is None:
        return [f"{TABLE} does not exist"]
    aliases = _aliases(table)
    functions = {
        f"{module.name}.{node.name}"
        for module in modules(root)
        for node in module.syntax.body
        if isinstance(node, ast.FunctionDef)
    }
    wrong: list[str] = []
    for call in _calls(table, "SUBSCRIPTIONS"):
        for argument in call.args[1:]:
            name = ast.unparse(argument)
            first, _, rest = name.partition(".")
            full = aliases.get(first, first) + (f".{rest}" if rest else "")
            if full not in functions:
                wrong.append(f"{table.where}:{argument.lineno} {name} names no function")
    return wrong


def gaps_in_door_tables(root: Path) -> list[str]:
    """Return the doors whose table leaves an error family without an answer."""
    wrong: list[str] = []
    for place in DOOR_TABLES:
        path = root / place
        if not path.is_file():
            wrong.append(f"{place} does not exist")
            continue
        tables = _family_tables(ast.parse(path.read_text(encoding="utf-8")))
        if not tables:
            wrong.append(f"{place} holds no table of error families")
        for line, names in tables:
            if missing := sorted(FAMILIES - names):
                wrong.append(f"{place}:{line} has no answer to {', '.join(missing)}")
    return wrong


def _family_tables(syntax: ast.Module) -> list[tuple[int, set[str]]]:
    found: list[tuple[int, set[str]]] = []
    for node in ast.walk(syntax):
        if isinstance(node, ast.Dict):
            names = {_last_name(key) for key in node.keys if key is not None} & FAMILIES
            if names:
                found.append((node.lineno, names))
    return found


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _table(root: Path) -> Module | None:
    return next((m for m in modules(root, "pacs_hub") if m.name == TABLE), None)


def _aliases(module: Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in module.syntax.body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    found[alias.asname] = alias.name
    return found


def _value(module: Module, name: str) -> ast.expr | None:
    for node in module.syntax.body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name:
            return node.value
        if isinstance(node, ast.Assign) and name in {getattr(t, "id", "") for t in node.targets}:
            return node.value
    return None


def _calls(module: Module, name: str) -> list[ast.Call]:
    value = _value(module, name)
    return [] if value is None else [n for n in ast.walk(value) if isinstance(n, ast.Call)]


def _first_names(root: Path, name: str) -> set[str]:
    table = _table(root)
    value = _value(table, name) if table else None
    if table is None or value is None:
        return set()
    if name == "SUBSCRIPTIONS":
        firsts = [call.args[0] for call in _calls(table, name) if call.args]
        return {_last_name(first) for first in firsts}
    found = {_last_name(n) for n in ast.walk(value) if isinstance(n, ast.Name | ast.Attribute)}
    return found - {"frozenset", "tuple", "set"}
