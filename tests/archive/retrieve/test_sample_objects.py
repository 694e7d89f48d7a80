"""Objects of many makers: each is served, or refused in words, and never breaks a door."""

import json
import warnings
from pathlib import Path

import pydicom
import pytest
from pydicom.errors import InvalidDicomError

from archive.dicom.json_model import to_json
from archive.retrieve.pixels import NoPixelData, frame, locate
from archive.retrieve.rendering import Rendering, rendered
from pacs_hub.kernel.errors import HubError
from tests.support.samples import SAMPLE_FILES, leaving

EXPLICIT = "1.2.840.10008.1.2.1"


def syntax_of(path: Path) -> str | None:
    """Return the transfer syntax; None for what the store itself would not take."""
    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        return str(header.file_meta.TransferSyntaxUID)
    except (InvalidDicomError, AttributeError, EOFError):
        return None


@pytest.mark.skipif(not SAMPLE_FILES, reason="no objects in ../shared/samples/dicom")
@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda path: path.name[-60:])
def test_an_object_is_served_or_refused_in_words(path: Path) -> None:
    syntax = syntax_of(path)
    if syntax is None:
        return
    served: list[bool] = []
    with warnings.catch_warnings(), path.open("rb") as file:
        warnings.simplefilter("ignore")
        header = pydicom.dcmread(path, stop_before_pixels=True, defer_size=64 * 1024)
        json.dumps(to_json(header, bulk_uri=lambda place: "x"), allow_nan=False)
        for serve in (
            lambda: frame(locate(file, transfer_syntax_uid=syntax), 1),
            lambda: rendered(file, 1, Rendering()),
            lambda: list(leaving(path, syntax, accepted=[EXPLICIT]).part10()),
        ):
            try:
                served.append(bool(serve()))
            except HubError as error:
                served.append(isinstance(error, NoPixelData))
    assert len(served) == 3
