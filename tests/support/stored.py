"""Objects that are in the archive already, filed by the service every door calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from archive.models import Instance
from archive.storage.area import StorageArea
from archive.storage.filesystem import FilesystemArea
from archive.store.completion import bring_up_to_date
from archive.store.services import ReceivedObject, store_instance
from pacs_hub.kernel.origin import Origin
from tests.support.datasets import part10


def area_in(folder: Path, settings: Any) -> FilesystemArea:
    """Return an empty storage area, which is also the one the hub is configured with."""
    settings.HUB_STORAGE_URL = f"file://{folder}"
    return FilesystemArea(folder)


def store_bytes(content: bytes, *, area: StorageArea, transfer_syntax_uid: str) -> Instance:
    """File a Part 10 file and return its row."""
    spool = area.spool()
    spool.file.write(content)
    stored = store_instance(
        received=ReceivedObject(spool=spool, transfer_syntax_uid=transfer_syntax_uid),
        area=area,
        origin=Origin.over_dimse(calling_ae="CT1", address="127.0.0.1"),
        default_issuer="GH",
    )
    return Instance.objects.get(sop_instance_uid=stored.sop_instance_uid)


def store(
    *datasets: Dataset,
    area: StorageArea,
    transfer_syntax_uid: str = ExplicitVRLittleEndian,
) -> list[Instance]:
    """File the datasets and return their rows."""
    return [
        store_bytes(
            part10(dataset, transfer_syntax_uid=transfer_syntax_uid),
            area=area,
            transfer_syntax_uid=transfer_syntax_uid,
        )
        for dataset in datasets
    ]


def settle() -> None:
    """Let every study settle now."""
    bring_up_to_date(quiet_seconds=0)
