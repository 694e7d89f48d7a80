"""Reads the modules of a tree: their dotted names, their syntax, what they import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

PACKAGES = ("archive", "worklist", "integrations", "pacs_hub")
PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Import:
    """One imported module or name, in full, and the line it stands on."""

    name: str
    line: int


@dataclass(frozen=True)
class Module:
    """One Python file of the tree."""

    name: str
    path: Path
    root: Path

    @cached_property
    def text(self) -> str:
        """The file as it stands."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def syntax(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text, filename=str(self.path))

    @property
    def where(self) -> str:
        """The path below the root, for messages."""
        return self.path.relative_to(self.root).as_posix()

    @property
    def package(self) -> str:
        """The dotted name relative imports start from."""
        if self.path.name == "__init__.py":
            return self.name
        return self.name.rpartition(".")[0]

    @cached_property
    def imports(self) -> list[Import]:
        """Everything imported anywhere in the file, TYPE_CHECKING blocks included."""
        found: list[Import] = []
        for node in ast.walk(self.syntax):
            if isinstance(node, ast.Import):
                found += [Import(alias.name, node.lineno) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = self._base_of(node)
                found += [Import(f"{base}.{alias.name}", node.lineno) for alias in node.names]
        return found

    def _base_of(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.package.split(".")
        kept = parts[: len(parts) - (node.level - 1)]
        return ".".join([*kept, node.module] if node.module else kept)


def modules(root: Path, *packages: str) -> Iterator[Module]:
    """Yield every module below `root` in `packages` (ours by default), migrations left out."""
    for package in packages or PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if "migrations" in parts:
                continue
            names = parts[:-1] if parts[-1] == "__init__" else parts
            yield Module(name=".".join(names), path=path, root=root)


def plant(root: Path, files: dict[str, str]) -> Path:
    """Write `files` (path to text) below `root`, with the packages they need; return `root`."""
    for place, text in files.items():
        path = root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".py":
            for folder in path.parents:
                if folder == root:
                    break
                (folder / "__init__.py").touch()
        path.write_text(text, encoding="utf-8")
    return root


def is_within(name: str, package: str) -> bool:
    """Say whether the dotted `name` is `package` or lies in it."""
    return name == package or name.startswith(package + ".")
