"""Turn the built app inside @ohif/app into a slim copy that lives under /viewer/.

OHIF fixes its public path when it is built. The built files name it in few, regular places, so
rewriting those replaces a rebuild with its whole tool chain; a release in which the places have
moved is refused instead of being served broken.
"""

from __future__ import annotations

import gzip
import re
import shutil
from pathlib import Path
from typing import Final

PUBLIC_PATH: Final = "/viewer/"

DROPPED_DIRECTORIES: Final = frozenset({"ort", "dicom-microscopy-viewer"})
"""Segmentation models and the whole-slide viewer: 156 MB nobody can use without more set-up."""

DROPPED_FILES: Final = frozenset(
    {
        "sw.js",  # pulls its library from a CDN
        "google.js",
        "init-service-worker.js",
        "silent-refresh.html",
        "oidc-client.min.js",
        "app-config.js",  # a view writes ours
        "_headers",
        "_redirects",
        "serve.json",
        "manifest.json",  # makes it an app of its own; browsers fetch it without the session
    }
)
COMPRESSED: Final = frozenset({".js", ".css", ".wasm", ".svg", ".html", ".json"})
COMPRESS_FROM_BYTES: Final = 4096

_CHUNK_PATH: Final = re.compile(rb'(__webpack_require__\.p = )"/"')
_PAGE_PUBLIC_URL: Final = re.compile(r"""window\.PUBLIC_URL\s*=\s*(["'])/\1""")
_PAGE_LINK: Final = re.compile(r'((?:href|src|content)=")/(?=[^/])')
_PAGE_SERVICE_WORKER: Final = re.compile(r'<script[^>]*src="/init-service-worker\.js"></script>')
_PAGE_MANIFEST: Final = re.compile(r'<link rel="manifest"[^>]*>')
_CSS_URL: Final = re.compile(rb"url\((['\"]?)/(?!/)")


class ViewerHasChanged(RuntimeError):
    """The package no longer names its public path where we know how to rewrite it."""


def build(*, source: Path, target: Path) -> None:
    """Write the slim, re-based copy of `source` (the package's dist) to `target`.

    Raises:
        ViewerHasChanged: nothing to rewrite was found; the package needs a look.
    """
    shutil.rmtree(target, ignore_errors=True)
    rewritten = 0
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if not path.is_file() or is_dropped(relative):
            continue
        content, count = rebase(relative, path.read_bytes())
        rewritten += count
        destination = target / relative
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(content)
        if path.suffix in COMPRESSED and len(content) >= COMPRESS_FROM_BYTES:
            compress(destination, content)
    if not rewritten:
        raise ViewerHasChanged(f"no public path found in {source}")


def is_dropped(relative: Path) -> bool:
    """Say whether the file stays behind."""
    return (
        relative.parts[0] in DROPPED_DIRECTORIES
        or relative.name in DROPPED_FILES
        or relative.suffix == ".map"
    )


def rebase(relative: Path, content: bytes) -> tuple[bytes, int]:
    """Return the content with its public path moved, and how many chunk loaders were changed."""
    prefix = PUBLIC_PATH.encode()
    if relative.suffix == ".js":
        return _CHUNK_PATH.subn(rb'\1"' + prefix + b'"', content)
    if relative.suffix == ".css":
        return _CSS_URL.sub(rb"url(\1" + prefix, content), 0
    if relative == Path("index.html"):
        page = _PAGE_MANIFEST.sub("", _PAGE_SERVICE_WORKER.sub("", content.decode()))
        page = _PAGE_PUBLIC_URL.sub(f'window.PUBLIC_URL="{PUBLIC_PATH}"', page)
        return _PAGE_LINK.sub(rf"\g<1>{PUBLIC_PATH}", page).encode(), 0
    return content, 0


def compress(path: Path, content: bytes) -> None:
    """Put a .gz beside the file, where that is smaller."""
    packed = gzip.compress(content, compresslevel=6, mtime=0)
    if len(packed) < len(content):
        path.with_name(path.name + ".gz").write_bytes(packed)
