"""What a test needs from the machine: skipped with the command that installs it.

With REQUIRE_PEERS=1 such a skip is a failure (see tests/conftest.py).
"""

from __future__ import annotations

import glob
import shutil

import pytest

PACKAGES = {
    "Orthanc": "orthanc",
    "chromedriver": "chromium-driver",
    "chromium": "chromium",
    "dciodvfy": "dicom3tools",
    "dcmdump": "dcmtk",
    "dcmqridx": "dcmtk",
    "dcmqrscp": "dcmtk",
    "dcmsend": "dcmtk",
    "echoscu": "dcmtk",
    "findscu": "dcmtk",
    "getscu": "dcmtk",
    "initdb": "postgresql",
    "mount": "mount",
    "movescu": "dcmtk",
    "nginx": "nginx",
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "storescp": "dcmtk",
    "storescu": "dcmtk",
    "umount": "mount",
    "wlmscpfs": "dcmtk",
}
ELSEWHERE = ("/usr/sbin", "/usr/lib/postgresql/*/bin")


def program(name: str) -> str:
    """Return the path of a foreign program, or skip the test that asked for it."""
    places = [shutil.which(name)]
    places += [path for place in ELSEWHERE for path in sorted(glob.glob(f"{place}/{name}"))]
    found = [path for path in places if path]
    if not found:
        pytest.skip(f"needs {name}: sudo apt-get install {PACKAGES[name]}")
    return found[-1]
