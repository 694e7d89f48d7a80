"""Habits an eye may miss: signals, hidden settings, late imports, names that say nothing."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.checks.budgets import is_door
from tests.architecture.checks.source import PACKAGES, Module, is_within, modules

NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "core", "misc"} | {
    "manager",
    "managers",
}
SIGNAL_MODULES = ("django.dispatch", "django.db.models.signals", "django.core.signals")
SIGNAL_NAMES = {
    "receiver",
    "pre_save",
    "post_save",
    "pre_delete",
    "post_delete",
    "m2m_changed",
    "pre_init",
    "post_init",
    "request_started",
    "request_finished",
}
# Settings are read by the roof, and by doors, processes, tasks: everybody else is handed values.
MAY_READ_SETTINGS = {"tasks", "doors", "middleware", "drf", "checks", "apps", "current", "urls"}
OUTERMOST_LOOPS = 3


def signals(root: Path) -> list[str]:
    """Return one line for each use of Django's signals; events go through the outbox."""
    wrong: list[str] = []
    for module in modules(root):
        for found in module.imports:
            of_django = any(is_within(found.name, name) for name in SIGNAL_MODULES)
            if of_django or found.name.rpartition(".")[2] in SIGNAL_NAMES:
                wrong.append(f"{module.where}:{found.line} imports {found.name}")
        for node in ast.walk(module.syntax):
            if _connects_a_signal(node):
                wrong.append(f"{module.where}:{getattr(node, 'lineno', 0)} connects a signal")
    return wrong


def _connects_a_signal(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    if node.func.attr != "connect":
        return False
    owner = node.func.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name in SIGNAL_NAMES or name.endswith("signal")


def settings_in_slices(root: Path) -> list[str]:
    """Return one line for each settings import outside doors, processes, tasks and the roof."""
    wrong: list[str] = []
    for module in modules(root):
        if _may_read_settings(module):
            continue
        for found in module.imports:
            if is_within(found.name, "django.conf.settings") or found.name == "django.conf":
                wrong.append(f"{module.where}:{found.line} imports settings")
    return wrong


def _may_read_settings(module: Module) -> bool:
    parts = module.name.split(".")
    if parts[0] == "pacs_hub" and parts[1:2] not in (["kernel"], ["outbox"], ["audit"]):
        return True
    place = module.path.relative_to(module.root)
    in_door_folder = bool({"dimse", "dicomweb", "web", "templatetags"} & set(parts[:-1]))
    return parts[-1] in MAY_READ_SETTINGS or in_door_folder or is_door(place)


def late_imports(root: Path) -> list[str]:
    """Return one line for each import inside a function."""
    wrong: list[str] = []
    for module in modules(root, *PACKAGES, "tests"):
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                wrong += [
                    f"{module.where}:{inner.lineno} imports inside {node.name}"
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.Import | ast.ImportFrom)
                ]
    return wrong


def names_that_say_nothing(root: Path) -> list[str]:
    """Return one line for each file or folder whose name answers "misc"."""
    return [
        f"{module.where} is named {part}"
        for module in modules(root, *PACKAGES, "tests")
        for part in module.name.split(".")
        if part in NAMES_THAT_SAY_NOTHING
    ]


def swallowed_errors(root: Path) -> list[str]:
    """Return one line for each handler that catches everything and does not raise again."""
    wrong: list[str] = []
    for module in modules(root):
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.ExceptHandler) and _catches_everything(node):
                again = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                if not again:
                    wrong.append(f"{module.where}:{node.lineno} catches every error")
    return wrong


def _catches_everything(node: ast.ExceptHandler) -> bool:
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})
        for kind in kinds
    )


def tables_at_doors(root: Path) -> list[str]:
    """Return one line for each door that asks the ORM instead of a query or a service."""
    wrong: list[str] = []
    for module in modules(root):
        if not is_door(module.path.relative_to(root)):
            continue
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.Attribute) and node.attr in {"objects", "_default_manager"}:
                wrong.append(f"{module.where}:{node.lineno} asks the database itself")
    return wrong


def tasks_from_services(root: Path) -> list[str]:
    """Return one line for each `.delay()` or `.apply_async()` outside tasks, processes, outbox."""
    wrong: list[str] = []
    for module in modules(root):
        if module.name.endswith(".tasks") or "processes" in module.name.split("."):
            continue
        for node in ast.walk(module.syntax):
            if isinstance(node, ast.Attribute) and node.attr in {"delay", "apply_async"}:
                wrong.append(f"{module.where}:{node.lineno} starts a task")
    return wrong


def private_names_in_tests(root: Path) -> list[str]:
    """Return one line for each test that imports a `_private` of ours."""
    wrong: list[str] = []
    for module in modules(root, "tests"):
        for found in module.imports:
            last = found.name.rpartition(".")[2]
            private = last.startswith("_") and not last.startswith("__")
            if private and found.name.startswith(PACKAGES):
                wrong.append(f"{module.where}:{found.line} imports {found.name}")
    return wrong


def undocumented(root: Path) -> list[str]:
    """Return one line for each public module, class or function without a docstring."""
    wrong: list[str] = []
    for module in modules(root):
        if not module.text.strip() or module.path.name == "apps.py":
            continue
        if not ast.get_docstring(module.syntax):
            wrong.append(f"{module.where} says nothing of itself")
        for node in module.syntax.body:
            public = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            if public and not node.name.startswith("_") and not ast.get_docstring(node):
                wrong.append(f"{module.where}:{node.lineno} {node.name} says nothing of itself")
    return wrong
