"""What the tests of sending on start from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from archive.forwarding.services import replace_rules
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.services import replace_peers, set_site
from tests.support.dicom_door import dicom_peer
from tests.support.forwarding import forward_rule

Peers = Callable[..., None]


@pytest.fixture
def peers(area: FilesystemArea) -> Peers:
    """Configure peers by title and port, a rule named after each that sends everything there."""

    def configure(**ports: int) -> None:
        set_site(name="Hospital", facility="GH", time_zone="UTC", default_issuer="GH")
        rows = [dicom_peer(title, host="127.0.0.1", port=port) for title, port in ports.items()]
        replace_peers(dicom=[*rows, dicom_peer("CT1")], hl7=(), fhir=())
        replace_rules([forward_rule(name=title, to=title) for title in ports])

    return configure
