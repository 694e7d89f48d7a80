"""A message is found by the patient and the accession number it names."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox.subject import Subject, subject_of
from integrations.hl7.message import Message
from tests.support.messages import adt, joined, msh, orm_o01


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        (adt(), Subject("P1", "")),
        (orm_o01(accession="A1"), Subject("P1", "A1")),
        (joined(msh("ADT^A08"), "PID|1|OLD7||ALT"), Subject("OLD7", "")),
        (joined(msh("OMI^O23"), "IPC|A7^GH|R1", "OBR|1||||||||||||||||||A9"), Subject("", "A7")),
        (joined(msh("ACK"), "MSA|AA|1"), Subject()),
        (joined(msh("ADT^A08"), f"PID|1||{'9' * 90}"), Subject("9" * 64, "")),
    ],
)
def test_the_first_number_named_is_what_it_is_about(text: str, subject: Subject) -> None:
    assert subject_of(Message(text)) == subject
