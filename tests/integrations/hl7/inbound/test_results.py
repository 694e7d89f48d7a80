"""Reports that bring a file: it becomes a document of the exam, once, and the text stands."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from pytest_django import Settings

from archive.documents.current import converter
from archive.documents.models import Document
from archive.documents.services import convert_due
from archive.models import Instance
from archive.storage.filesystem import FilesystemArea
from integrations.hl7.inbox import services
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.wiring.mllp import ROUTES
from tests.support import files
from tests.support.builders import a_procedure, a_station
from tests.support.messages import orm_o01, oru_r01
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from tests.support.stored import area_in
from worklist.models import Exam, ExamDocument, Result

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def area(tmp_path: Path, settings: Settings) -> FilesystemArea:
    a_site()
    a_sender()
    a_procedure()
    a_station()
    found = area_in(tmp_path / "objects", settings)
    send(orm_o01("NW", accession="A1"))
    return found


def send(message: str) -> Ack:
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def with_file(message: str, content: bytes, *, data: str = "") -> str:
    packed = data or base64.b64encode(content).decode()
    return f"{message.rstrip()}\rOBX|9|ED|PDF^Report^L||^application^pdf^Base64^{packed}||||||F\r"


def test_a_pdf_becomes_a_document_of_the_exam(area: FilesystemArea) -> None:
    assert send(with_file(oru_r01(), files.PDF)).code == "AA"
    row = ExamDocument.objects.get()
    assert row.exam == Exam.objects.get()
    assert (row.document.kind, row.document.title) == ("pdf", "Report")
    assert (row.document.door, row.document.state) == ("hl7", "waiting")
    assert area.path(row.document.storage_key).read_bytes() == files.PDF
    assert Result.objects.get().text.startswith("Findings:")
    assert convert_due(converter=converter(), limit=5) == 1
    assert Instance.objects.get().sop_instance_uid == row.document.sop_instance_uid
    effects = InboundMessage.objects.latest("pk").effects
    assert {"what": "document", "id": row.document_id, "text": "document attached"} in effects


def test_the_same_message_again_attaches_nothing_more() -> None:
    message = with_file(oru_r01(), files.PDF)
    assert [send(message).code for _ in range(2)] == ["AA", "AA"]
    send(message.replace("MSG", "OTHER"))
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "data", "words"),
    [
        (b"", "%%% no base64", "encoding does not add up"),
        (b"no document", "", "none of"),
        (files.PDF[:40], "", "cut off"),
    ],
)
def test_a_broken_file_is_told_and_the_text_stands(content: bytes, data: str, words: str) -> None:
    ack = send(with_file(oru_r01(), content, data=data))
    assert ack.code == "AA"
    assert words in ack.raw.decode()
    assert "OBX 9, OBX-5.5" in ack.raw.decode()
    assert Result.objects.get().status == "final"
    assert Document.objects.count() == 0


def test_a_report_that_is_a_file_alone_is_filed() -> None:
    assert send(with_file(oru_r01(lines=()), files.PDF)).code == "AA"
    assert Result.objects.get().text.startswith("The report is the attached document (SHA-256 ")
    assert Exam.objects.get().report_status == "final"
    corrected = with_file(oru_r01(lines=(), status="C"), files.PDF + b"\n%%EOF\n")
    assert send(corrected).code == "AA"
    assert Exam.objects.get().report_status == "amended"
    assert ExamDocument.objects.count() == 2


def test_a_report_that_is_a_broken_file_alone_is_refused() -> None:
    ack = send(with_file(oru_r01(lines=()), b"", data="%%%"))
    assert ack.code == "AE"
    assert Result.objects.count() == 0


def test_a_jpeg_is_taken_too() -> None:
    send(with_file(oru_r01(), files.picture("JPEG")))
    assert Document.objects.get().kind == "jpeg"
