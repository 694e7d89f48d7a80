"""Rejection over HTTP: who may, what it does, and what a DELETE means."""

from __future__ import annotations

import pytest
from django.test import Client

from archive.models import Instance, RejectionNote
from archive.storage.filesystem import FilesystemArea
from pacs_hub.access.services import issue_token
from tests.support.rejection import of_a_study
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db


def client(role: str = "admin") -> Client:
    """Return a client with a token of that role."""
    return Client(headers={"Authorization": f"Bearer {issue_token(name='qa', role=role)}"})


@pytest.fixture
def place(area: FilesystemArea) -> str:
    """Store two images; return the address of the first, without the root."""
    first, second = of_a_study(2)
    store(first, second, area=area)
    settle()
    return (
        f"studies/{first.StudyInstanceUID}/series/{first.SeriesInstanceUID}"
        f"/instances/{first.SOPInstanceUID}"
    )


@pytest.mark.parametrize(("levels", "count"), [(6, 1), (4, 2), (2, 2)])
def test_what_is_rejected_is_found_and_retrieved_no_more(
    place: str, levels: int, count: int
) -> None:
    target = "/dicom-web/" + "/".join(place.split("/")[:levels])
    response = client().post(f"{target}/reject/113001^DCM", "motion", content_type="text/plain")
    assert (response.status_code, response.json()) == (200, {"count": count})
    assert RejectionNote.objects.get().text == "motion"
    assert client().get(f"/dicom-web/{place}").status_code in {404, 410}
    assert Instance.objects.exclude(rejected_as="").count() == count + 1  # and the note


@pytest.mark.parametrize(
    ("code", "status"), [("113000^DCM", 400), ("113001^99X", 400), ("113037", 200)]
)
def test_only_codes_of_rejection_are_taken(place: str, code: str, status: int) -> None:
    assert client().post(f"/dicom-web/{place}/reject/{code}").status_code == status


def test_again_is_a_conflict_and_elsewhere_is_unknown(place: str) -> None:
    assert client().post(f"/dicom-web/{place}/reject/113001^DCM").status_code == 200
    assert client().post(f"/dicom-web/{place}/reject/113001^DCM").status_code == 409
    assert client().post("/dicom-web/studies/1.2.3/reject/113001^DCM").status_code == 404


@pytest.mark.parametrize("role", ["technologist", "radiologist", "integrator"])
def test_only_an_administrator_may(place: str, role: str) -> None:
    assert client(role).post(f"/dicom-web/{place}/reject/113001^DCM").status_code == 403
    headers = {"X-Reject-Code": "113001"}
    assert client(role).delete(f"/dicom-web/{place}", headers=headers).status_code == 403


def test_a_delete_needs_a_reason(place: str) -> None:
    assert client().delete(f"/dicom-web/{place}").status_code == 405
    assert not RejectionNote.objects.exists()
    done = client().delete(f"/dicom-web/{place}", headers={"X-Reject-Code": "113039^DCM"})
    assert (done.status_code, done.content) == (204, b"")
    assert RejectionNote.objects.get().code == "113039"
