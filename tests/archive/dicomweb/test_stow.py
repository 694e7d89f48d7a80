"""STOW-RS through the door: Part 10 files in, and what the caller is told."""

import json
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import Settings

from archive.storage.filesystem import FilesystemArea
from archive.store.models import Instance, KeptAside, Study
from pacs_hub.audit.models import AuditRow
from tests.support import stow
from tests.support.callers import caller, person
from tests.support.datasets import ct_instance, ct_series, new_uid, part10
from tests.support.stow import post, told

pytestmark = pytest.mark.django_db
STORED, FAILED, OTHERS = "00081199", "00081198", "0008119A"


def test_what_is_sent_is_stored_as_it_is_and_told_in_order(area: FilesystemArea) -> None:
    sent = [part10(dataset) for dataset in ct_series(3)]
    response = post(caller("technologist"), *sent)
    assert (response.status_code, response["Content-Type"]) == (200, "application/dicom+json")
    rows = list(Instance.objects.order_by("instance_number"))
    assert [area.path(row.storage_key).read_bytes() for row in rows] == sent
    assert [item["00081155"]["Value"] for item in told(response, STORED)] == [
        [row.sop_instance_uid] for row in rows
    ]
    study = rows[0].study
    (url,) = json.loads(response.content)["00081190"]["Value"]
    assert url.endswith(f"/dicom-web/studies/{study.study_instance_uid}")
    assert (study.door, study.calling_ae) == ("http", "a technologist")
    assert "Warning" not in response


def test_a_place_that_is_told_can_be_retrieved(area: FilesystemArea) -> None:
    client = caller("technologist")
    (item,) = told(post(client, part10(ct_instance())), STORED)
    (url,) = item["00081190"]["Value"]
    path = url[url.index("/dicom-web") :]
    assert client.get(path, headers={"Accept": "application/dicom"}).status_code == 200


def test_the_same_object_again_is_a_success_without_effect(area: FilesystemArea) -> None:
    sent = part10(ct_instance())
    client = caller("technologist")
    assert [post(client, sent).status_code for _ in range(2)] == [200, 200]
    assert Instance.objects.count() == 1


def test_other_bytes_under_a_known_uid_are_kept_aside_and_a_success(area: FilesystemArea) -> None:
    one = ct_instance()
    two = ct_instance(
        SOPInstanceUID=one.SOPInstanceUID, StudyInstanceUID=one.StudyInstanceUID, KVP="90"
    )
    client = caller("technologist")
    assert [post(client, part10(ds)).status_code for ds in (one, two)] == [200, 200]
    assert (Instance.objects.count(), KeptAside.objects.count()) == (1, 1)


def test_one_audit_row_for_a_study_however_many_objects(area: FilesystemArea) -> None:
    post(caller("technologist"), *(part10(dataset) for dataset in ct_series(3)))
    row = AuditRow.objects.get(action="update", object_type="study")
    assert (row.detail, row.door) == ("3 objects stored over STOW-RS", "http")


def test_some_stored_and_some_not(area: FilesystemArea) -> None:
    good, bad = ct_instance(), ct_instance(SeriesInstanceUID="1.2.x")
    response = post(caller("technologist"), part10(bad), part10(good), b"no DICOM at all")
    assert response.status_code == 202
    assert [i["00081155"]["Value"] for i in told(response, STORED)] == [[good.SOPInstanceUID]]
    (failed,) = told(response, FAILED)
    assert failed["00081155"]["Value"] == [bad.SOPInstanceUID]
    assert failed["00081197"]["Value"] == [0x0117]
    assert told(response, OTHERS) == [{"00081197": {"vr": "US", "Value": [0xC000]}}]
    assert KeptAside.objects.count() == 2
    assert response["Warning"].startswith("299 PACSHUB: ")


def test_well_formed_and_nothing_stored(area: FilesystemArea) -> None:
    assert post(caller("technologist"), b"no DICOM").status_code == 409


def test_an_object_of_another_study_than_the_path_names_fails(area: FilesystemArea) -> None:
    own, other = ct_instance(), ct_instance()
    client = caller("technologist")
    response = post(client, part10(own), part10(other), study=own.StudyInstanceUID)
    assert response.status_code == 202
    assert [i["00081155"]["Value"][0] for i in told(response, FAILED)] == [other.SOPInstanceUID]
    assert [i["00081155"]["Value"][0] for i in told(response, STORED)] == [own.SOPInstanceUID]
    assert post(client, part10(other), study=own.StudyInstanceUID).status_code == 409
    assert Study.objects.count() == 1


def test_the_result_in_xml_for_those_who_want_it(area: FilesystemArea) -> None:
    dataset = ct_instance()
    response = post(
        caller("technologist"), part10(dataset), headers={"Accept": "application/dicom+xml"}
    )
    assert response["Content-Type"] == "application/dicom+xml"
    root = ElementTree.fromstring(response.content)
    values = {element.text for element in root.iter() if element.tag.endswith("}Value")}
    assert dataset.SOPInstanceUID in values


def test_a_bare_object_is_taken(area: FilesystemArea) -> None:
    sent = part10(ct_instance())
    response = stow.send(caller("technologist"), sent, kind="application/dicom")
    assert response.status_code == 200
    assert area.path(Instance.objects.get().storage_key).read_bytes() == sent


@pytest.mark.parametrize(
    ("kind", "content", "status"),
    [
        ("text/plain", b"x", 415),
        ("", b"x", 415),
        ('multipart/related; type="text/plain"; boundary=b', b"--b--", 415),
        ("multipart/form-data; boundary=b", b"--b--", 415),
        ('multipart/related; type="application/dicom"', b"--b--", 400),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b--", 400),
        ('multipart/related; type="application/dicom"; boundary=b', b"\r\n", 400),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b\r\nx", 400),
        ('multipart/related; type="application/dicom"; boundary=b', b"--b\r\n\r\nx", 400),
        (
            'multipart/related; type="application/dicom"; boundary=b',
            b"--b\r\nContent-Type: image/x-icon\r\n\r\nx\r\n--b--",
            415,
        ),
    ],
)
def test_bodies_that_are_none(area: FilesystemArea, kind: str, content: bytes, status: int) -> None:
    response = caller("technologist").generic(
        "POST", "/dicom-web/studies", content, content_type=kind
    )
    assert response.status_code == status


def test_what_was_complete_before_a_body_broke_off_stays(area: FilesystemArea) -> None:
    one, two = part10(ct_instance()), part10(ct_instance())
    whole = stow.body(("application/dicom", one), ("application/dicom", two))
    response = stow.send(caller("technologist"), whole[:-300])
    assert response.status_code == 202
    assert len(told(response, STORED)) == len(told(response, OTHERS)) == 1
    assert area.path(Instance.objects.get().storage_key).read_bytes() == one


def test_a_full_disk_is_told_as_one(area: FilesystemArea, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.storage.spools.RESERVE_BYTES", 2**62)
    monkeypatch.setattr("archive.storage.spools.LOOK_AT_DISK_SECONDS", -1)
    response = post(caller("technologist"), part10(ct_instance()))
    assert (response.status_code, response["Retry-After"]) == (503, "10")
    assert told(response, OTHERS) == [{"00081197": {"vr": "US", "Value": [0xA700]}}]


def test_too_many_parts(area: FilesystemArea, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archive.dicomweb.stow_body.MOST_PARTS", 2)
    response = post(caller("technologist"), *(part10(ct_instance()) for _ in range(4)))
    assert (response.status_code, len(told(response, STORED))) == (202, 2)
    assert Instance.objects.count() == 2


def test_nothing_is_left_of_what_was_not_stored(area: FilesystemArea, settings: Settings) -> None:
    client = caller("technologist")
    post(client, part10(ct_instance()), part10(ct_instance()), study=new_uid())
    stow.send(client, stow.body(("application/dicom", part10(ct_instance())))[:-200])
    spools = area.path(".spool")
    assert list(spools.iterdir()) == []


def test_storing_is_for_those_who_may(area: FilesystemArea) -> None:
    sent = part10(ct_instance())
    assert post(Client(), sent).status_code == 401
    for role in ("radiologist", "referrer", "scheduler", "billing", "auditor"):
        assert post(caller(role), sent).status_code == 403
    for role in ("technologist", "integrator", "admin"):
        assert post(caller(role), sent).status_code == 200


def test_a_session_needs_its_csrf_token(area: FilesystemArea) -> None:
    client = person("technologist")
    assert post(client, part10(ct_instance())).status_code == 403
    client.cookies["csrftoken"] = "x" * 32
    headers = {"X-CSRFToken": "x" * 32}
    assert post(client, part10(ct_instance()), headers=headers).status_code == 200


def test_a_program_without_a_token_is_asked_to_sign_in(area: FilesystemArea) -> None:
    stranger = Client(enforce_csrf_checks=True)
    answer = post(stranger, part10(ct_instance()))
    assert answer.status_code == 401
    assert answer.json()["code"] == "not-signed-in"
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert stranger.post("/login/", headers={"Accept": "text/html"}).status_code == 403


def test_a_name_that_is_no_uid_is_refused(area: FilesystemArea) -> None:
    assert post(caller("technologist"), part10(ct_instance()), study="abc").status_code == 400
