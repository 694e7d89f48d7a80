"""/api/documents/ through the door."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from archive.models import Instance
from archive.storage.filesystem import FilesystemArea
from pacs_hub.audit.models import AuditRow
from tests.support import files
from tests.support.builders import an_exam
from tests.support.callers import caller
from tests.support.stored import area_in
from worklist.models import Exam

pytestmark = pytest.mark.django_db
PLACE = "/api/documents/"


@pytest.fixture(autouse=True)
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    return area_in(tmp_path / "objects", settings)


def attach(client: Client, exam: Exam, content: bytes = files.PDF, **over: Any) -> Any:
    name, to = over.pop("name", "letter.pdf"), over.pop("to", exam.pk)
    file = SimpleUploadedFile(name, content, content_type="text/html")  # nobody believes it
    return client.post(PLACE, {"exam": to, "title": "Letter", "file": file} | over)


def test_a_document_is_attached_and_in_the_study(settings: Settings) -> None:
    exam = an_exam()
    client = caller("technologist")
    response = attach(client, exam, code="18748-4", scheme="LN", meaning="Report")
    assert response.status_code == 201
    told = response.json()
    assert (told["exam"], told["state"], told["media_type"]) == (
        str(exam.pk),
        "stored",
        "application/pdf",
    )
    assert told["type"] == {"code": "18748-4", "scheme": "LN", "meaning": "Report"}
    assert told["study_instance_uid"] == exam.study_instance_uid
    assert Instance.objects.get().sop_instance_uid == told["sop_instance_uid"]
    assert told["content_url"] == f"{settings.HUB_PUBLIC_URL}{PLACE}{told['id']}/content/"
    assert client.get(f"{PLACE}{told['id']}/").json() == told
    listed = client.get(PLACE, {"exam": exam.pk}).json()
    assert (listed["count"], listed["results"]) == (1, [told])


def test_the_same_file_again_is_the_same_document() -> None:
    exam, client = an_exam(), caller("technologist")
    one, again = attach(client, exam), attach(client, exam)
    assert one.json()["id"] == again.json()["id"]
    assert Instance.objects.count() == 1


def test_a_video_waits_for_its_conversion() -> None:
    response = attach(caller("technologist"), an_exam(), files.avi(), name="a.avi")
    assert (response.status_code, response.json()["state"]) == (201, "waiting")


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize("accept", ["*/*", "application/pdf", "text/html"])
def test_the_file_comes_back_as_it_was_sent_and_is_never_run(accept: str) -> None:
    client = caller("radiologist")
    told = attach(client, an_exam(), name='we"ird\r\n名.pdf').json()
    response = client.get(f"{PLACE}{told['id']}/content/", headers={"Accept": accept})
    assert body(response) == files.PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment; filename")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert AuditRow.objects.filter(object_type="document", action="export").count() == 1


@pytest.mark.parametrize(
    ("content", "over", "code"),
    [
        (b"no document", {}, "unknown-document-type"),
        (b"", {}, "empty-document"),
        (files.PDF[:50], {}, "broken-document"),
        (files.PDF, {"to": 10**6}, "no-such-exam"),
        (files.PDF, {"to": "x"}, "wrong-value"),
        (files.PDF, {"title": "x" * 65}, "wrong-value"),
        (files.PDF, {"code": "1"}, "wrong-value"),
    ],
)
def test_what_cannot_be_attached_is_told(content: bytes, over: dict[str, Any], code: str) -> None:
    response = attach(caller("technologist"), an_exam(), content, **over)
    assert response.status_code == (404 if code == "no-such-exam" else 400)
    assert response.json()["code"] == code


def test_a_file_above_the_limit_of_the_site(settings: Settings) -> None:
    settings.HUB_DOCUMENT_MIB = 1
    client, exam = caller("technologist"), an_exam()
    big = files.PDF + b"\0" * 2**20
    assert attach(client, exam, big).json()["code"] == "document-too-large"
    response = attach(client, exam, big * 2)
    assert (response.status_code, response.json()["code"]) == (413, "document-too-large")


def test_documents_are_never_deleted_here() -> None:
    client = caller("admin")
    told = attach(client, an_exam()).json()
    assert client.delete(f"{PLACE}{told['id']}/").status_code == 405
    assert client.put(f"{PLACE}{told['id']}/", "{}").status_code == 405


def test_who_may() -> None:
    exam = an_exam()
    for role in ("technologist", "radiologist", "integrator", "admin"):
        assert attach(caller(role), exam).status_code == 201
    for role in ("referrer", "scheduler", "billing", "auditor"):
        assert attach(caller(role), exam).status_code == 403
    assert attach(Client(), exam).status_code == 401
    other = caller("referrer", provider_id="D8")
    assert other.get(PLACE).json()["count"] == 0
    assert other.get(f"{PLACE}1/").status_code == 404
    assert caller("referrer", provider_id="D7").get(PLACE).json()["count"] == 1


def test_the_schema_tells_of_the_form_and_the_file() -> None:
    schema = caller("admin").get("/api/schema/", {"format": "json"})
    paths = json.loads(schema.content)["paths"] if "json" in schema["Content-Type"] else None
    text = schema.content.decode()
    assert "/api/documents/" in text
    assert "multipart/form-data" in text
    assert "format: binary" in text or '"format":"binary"' in text or paths is not None
