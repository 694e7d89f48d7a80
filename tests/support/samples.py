"""Objects of many makers that lie in folders, and how they leave, without a database."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

import pydicom.data

from archive.retrieve.leaving import Leaving, leave
from archive.storage.area import StorageArea
from archive.store.models import Instance, Study

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "dicom"
SAMPLE_FILES = sorted(p for p in SAMPLES.glob("*") if p.suffix != ".tsv" and p.is_file())
PYDICOM_FILES = sorted((Path(pydicom.data.__file__).parent / "test_files").rglob("*.dcm"))


class Folder:
    """A storage area that only reads."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, key: str) -> BinaryIO:
        """Open a file of the folder."""
        return (self._path / key).open("rb")


def leaving(
    path: Path, stored: str, *, accepted: Sequence[str] | None = None, study: Study | None = None
) -> Leaving:
    """Let the object in a file leave; with a study, corrected as that one is."""
    row = Instance(storage_key=path.name, transfer_syntax_uid=stored, calling_ae="CT1")
    if study is not None:
        row.study = study
    area = cast(StorageArea, Folder(path.parent))
    return leave(row, area=area, accepted=accepted, overlay=study is not None)
