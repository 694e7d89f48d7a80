"""C-ECHO through the real door."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.support.dicom_door import open_door
from tests.support.peers.modality import Modality


@pytest.mark.django_db(transaction=True)
def test_a_configured_caller_is_answered(settings: Settings, tmp_path: Path) -> None:
    with open_door(settings, tmp_path) as port:
        assert Modality(port).echo() == 0x0000
