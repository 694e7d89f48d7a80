"""What the page asks after an upload: which objects are kept aside, and why."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from archive.models import KeptAside
from tests.support.browsing import browser
from tests.support.datasets import ct_instance, new_uid, part10
from tests.support.stored import area_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def area(tmp_path: Path, settings: Settings) -> None:
    area_in(tmp_path / "objects", settings)


def send(client: Client, content: bytes) -> int:
    body = b"--b\r\nContent-Type: application/dicom\r\n\r\n" + content + b"\r\n--b--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary=b'
    return client.post("/dicom-web/studies", body, content_type=kind).status_code


def test_an_object_with_a_taken_uid_is_told_to_whoever_sent_it(tmp_path: Path) -> None:
    client, uid = browser("technologist"), new_uid()
    first = ct_instance(SOPInstanceUID=uid)
    assert send(client, part10(first)) == 200
    first.PatientPosition = "FFS"
    send(client, part10(first))
    place = f"/studies/upload/aside/?uid={uid}&uid=1.2.3"
    told = client.get(place).json()["aside"]
    assert set(told) == {uid}
    assert told[uid][0].isupper()
    assert browser("admin", name="somebody else").get(place).json()["aside"] == {}
    last = client.get(place).json()["last"]
    assert client.get(f"{place}&after={last}").json() == {"aside": {}, "last": last}
    KeptAside.objects.update(at=KeptAside.objects.get().at - timedelta(hours=1))
    assert client.get(place).json()["aside"] == {}


@pytest.mark.parametrize("role", ["radiologist", "referrer", "billing"])
def test_who_may_not_upload_may_not_ask(role: str) -> None:
    assert browser(role).get("/studies/upload/aside/?uid=1.2").status_code == 403
