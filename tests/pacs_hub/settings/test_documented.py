"""docs/operating.md names every setting the hub reads, and no other."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent.parent
SOURCES = (PROJECT / "pacs_hub" / "settings", PROJECT / "pacs_hub" / "demo")
READ = re.compile(r'env_\w+\(\s*"((?:HUB|DATABASE|REDIS)_\w+)"')
NAMED = re.compile(r"`((?:HUB|DATABASE|REDIS)_[A-Z0-9_]+)`")


def test_the_page_for_those_who_run_it_names_every_setting() -> None:
    read = {
        name
        for folder in SOURCES
        for file in folder.rglob("*.py")
        for name in READ.findall(file.read_text())
    }
    assert read == set(NAMED.findall((PROJECT / "docs" / "operating.md").read_text()))
