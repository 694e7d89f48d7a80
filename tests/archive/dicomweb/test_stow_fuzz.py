"""Mutated STOW-RS bodies: always an answer, never a failure of ours, nothing left behind."""

import json
import random

import pytest

from archive.dicom import xml_model
from archive.storage.filesystem import FilesystemArea
from tests.support import files, stow
from tests.support.callers import caller
from tests.support.datasets import ct_instance, part10, pdf_instance

pytestmark = pytest.mark.django_db
ANSWERS = {200, 202, 400, 409, 413, 415}
ROUNDS = 60


def bodies() -> dict[str, bytes]:
    """Return one valid body of each kind, by the type of its metadata."""
    image, document = ct_instance(rows=4, columns=4), pdf_instance()
    item = image.to_json_dict()
    item["7FE00010"] = {"vr": "OW", "BulkDataURI": "b"}
    parts = [
        ("image/jpeg", files.picture("JPEG"), "b"),
        ("application/octet-stream", b"\0" * 32, "c"),
    ]
    return {
        "application/dicom": stow.body(
            ("application/dicom", part10(image)), ("application/dicom", part10(document))
        ),
        "application/dicom+json": stow.body(
            ("application/dicom+json", json.dumps([item]).encode()), *parts
        ),
        "application/dicom+xml": stow.body(
            ("application/dicom+xml", xml_model.document(item)), *parts
        ),
    }


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return it with some bytes changed, taken out, put in or cut off."""
    out = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(out))
        match chance.randrange(5):
            case 0:
                out[place] = chance.randrange(256)
            case 1:
                del out[place : place + chance.randint(1, 40)]
            case 2:
                out[place:place] = chance.randbytes(chance.randint(1, 40))
            case 3:
                out[place:place] = out[place : place + 60]
            case _:
                del out[max(100, place) :]
    return bytes(out)


@pytest.mark.parametrize(
    "kind", ["application/dicom", "application/dicom+json", "application/dicom+xml"]
)
def test_a_mutated_body_has_an_answer(area: FilesystemArea, kind: str) -> None:
    client, content = caller("technologist"), bodies()[kind]
    assert stow.send(client, content, kind=stow.content_type(kind)).status_code == 200
    chance = random.Random(kind)  # noqa: S311 - the same bodies in every run
    for number in range(ROUNDS):
        response = stow.send(client, mutated(content, chance), kind=stow.content_type(kind))
        assert response.status_code in ANSWERS, (number, response.content)
    assert list(area.path(".spool").iterdir()) == []
