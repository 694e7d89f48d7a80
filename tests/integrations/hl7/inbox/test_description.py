"""A message viewer shows the standard's names, and something readable for anything."""

from __future__ import annotations

from integrations.hl7.inbox.description import describe, describe_bytes, readable_text
from integrations.hl7.message import Message
from tests.support.messages import adt, orm_o01


def test_fields_have_the_standards_names() -> None:
    segments = {s.name: s for s in describe(Message(adt()))}
    names = {f.number: (f.name, f.value) for f in segments["PID"].fields}
    assert names[3] == ("Patient identifier list", "P1^^^GH^MR")
    assert names[5] == ("Patient name", "DOE^JANE^^^^^L")
    assert {f.number: f.value for f in segments["MSH"].fields}[2] == "^~\\&"


def test_z_segments_and_unknown_versions_are_shown_without_names() -> None:
    text = orm_o01(study="1.2.3").replace("|2.5.1", "|9.9")
    segments = {s.name: s for s in describe(Message(text))}
    assert segments["ZDS"].fields[0].value == "1.2.3^^Application^DICOM"
    assert segments["ORC"].fields[0].name == "Order control"


def test_bytes_that_are_not_hl7_are_shown_as_they_are() -> None:
    assert describe_bytes(b"GET / HTTP/1.1") == []
    assert readable_text(b"GET /\r\n\xff") == "GET /\n\ufffd"
    assert readable_text(b"MSH|^~\\&|A\rPID|1\r") == "MSH|^~\\&|A\nPID|1\n"
