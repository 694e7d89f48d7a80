"""What the tests of the archive start from."""

from pathlib import Path

import pytest
from pytest_django import Settings

from archive.storage.filesystem import FilesystemArea
from tests.support.stored import area_in


@pytest.fixture
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    """An empty storage area, which the hub's doors use too."""
    return area_in(tmp_path / "objects", settings)
