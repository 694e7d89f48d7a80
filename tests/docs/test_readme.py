"""What the README and the decisions name is there, and the settings they list are all there are."""

from __future__ import annotations

import importlib
import re

import pytest

from pacs_hub.access.models import Role
from tests.architecture.checks.source import PACKAGES, PROJECT

README = (PROJECT / "README.md").read_text(encoding="utf-8")
DECISIONS = (PROJECT / "docs" / "decisions.md").read_text(encoding="utf-8")
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", README + DECISIONS)))
PATHS = [q for q in QUOTED if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?", q) and "…" not in q]
NAMES = [q for q in QUOTED if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", q) and q.startswith(PACKAGES)]


@pytest.mark.parametrize("place", [p for p in PATHS if p.startswith((*PACKAGES, "tests", "docs"))])
def test_a_named_path_exists(place: str) -> None:
    assert (PROJECT / place).exists()


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README + DECISIONS))
def test_a_link_leads_somewhere(link: str) -> None:
    assert (PROJECT / link).exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_named_function_or_module_exists(name: str) -> None:
    module, _, last = name.rpartition(".")
    found = importlib.import_module(module)
    assert hasattr(found, last) or importlib.import_module(name)


def test_the_roles_are_those_of_the_permission_table() -> None:
    section = README.split("| Role | For |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [*Role.values]


def test_the_settings_are_those_that_are_read() -> None:
    section = README.split("### Settings")[1].split("###")[0]
    listed = set(re.findall(r"`((?:HUB|DATABASE|REDIS)_[A-Z_]+)`", section))
    read: set[str] = set()
    for path in (PROJECT / "pacs_hub" / "settings").glob("*.py"):
        read |= set(re.findall(r'env_\w+\(\s*"([A-Z_]+)"', path.read_text(encoding="utf-8")))
    assert listed == read
