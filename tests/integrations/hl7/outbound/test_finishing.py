"""A message leaves in the separators, the segment ends, the fields and the text of its receiver."""

from __future__ import annotations

from typing import Any

import hl7
import pytest

from integrations.hl7.message import Message, build_segment
from integrations.hl7.outbound.finishing import finish, said_of
from integrations.hl7.outbound.options import PeerOptions

PID = build_segment("PID", {3: ("P1", "", "", "GH"), 5: ("O'HA|RA^X", "Æsa~Ł"), 18: "A&B"})
TEXT = f"MSH|^~\\&|PACSHUB|GH|||||ADT^A31^ADT_A05|C1|P|2.5.1\r{PID}\rPV1|1|O\r"


def finished(character_set: str = "UNICODE UTF-8", **options: Any) -> str:
    done = finish(TEXT, character_set=character_set, options=PeerOptions.of(options))
    assert not done.refused
    return done.body.decode()


def test_separators_are_exchanged_and_values_escaped_anew() -> None:
    text = finished(separators="#*!?$")
    assert text.startswith("MSH#*!?$#PACSHUB#GH##")
    read, meant = Message(text), Message(TEXT)
    for path in ("PID-3.1", "PID-3.4", "PID-5.1", "PID-5.2", "PID-18", "MSH-9.3", "PV1-2"):
        assert read.get(path) == meant.get(path), path
    other = hl7.parse(text)  # a reader that is not ours
    assert str(other.segment("PID")[3]) == "P1***GH"


@pytest.mark.parametrize(("end", "mark"), [("CR", "\r"), ("CRLF", "\r\n"), ("LF", "\n")])
def test_segments_end_as_the_receiver_wants(end: str, mark: str) -> None:
    text = finished(segment_end=end)
    assert text.split(mark)[1:] == [PID, "PV1|1|O", ""]


def test_fields_are_set_moved_and_cleared_by_path() -> None:
    overrides = [
        "MSH-5 = OLD&RIS",
        "PID-2 <- PID-3.1",
        "PID-3(2).4.1 = NAT",
        "PID-18 =",
        "PV1-3.4 = GH",
        "PV2-3 = nothing: there is no PV2",
        "MSH-1 = #",
    ]
    message = Message(finished(overrides=overrides))
    assert [message.get(p) for p in ("MSH-5", "PID-2", "PID-18", "PV1-3.4")] == [
        "OLD&RIS",
        "P1",
        "",
        "GH",
    ]
    assert message.get("PID-3(2).4") == "NAT"
    assert message.first("PV2") is None


def test_text_the_character_set_does_not_hold_leaves_as_utf_8_by_itself() -> None:
    done = finish(TEXT, character_set="8859/1", options=PeerOptions())
    assert Message(done.body.decode()).get("MSH-18") == "UNICODE UTF-8"
    assert done.conversion["fields"] == {"PID-5": 1}
    assert said_of(done.conversion) == (
        "8859/1 does not hold characters of PID-5 (1): sent as UNICODE UTF-8"
    )


def test_or_in_latin_letters() -> None:
    done = finish(TEXT, character_set="ASCII", options=PeerOptions(unencodable="transliterate"))
    assert Message(done.body.decode("ascii")).get("PID-5.2") == "AEsa~L"
    assert done.conversion["replaced_by_question_mark"] == 0
    assert "Latin letters" in said_of(done.conversion)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("ИВАНОВ^ЮРИЙ", "IVANOV^IuRII"),
        ("ΠΑΠΑΔΌΠΟΥΛΟΣ", "PAPADOPOYLOS"),
        ("DVOŘÁK^JIŘÍ", "DVORAK^JIRI"),
        ("Yamada^^^^^^L^A~山田^^^^^^L^I", "Yamada^^^^^^L^A"),
        ("山田", "??"),
    ],
)
def test_each_script_as_far_as_tables_go(name: str, written: str) -> None:
    text = TEXT.replace(PID, f"PID|||P1||{name}")
    done = finish(text, character_set="ASCII", options=PeerOptions(unencodable="transliterate"))
    assert done.body.decode("ascii").split("\r")[1] == f"PID|||P1||{written}"
    assert done.conversion["replaced_by_question_mark"] == written.count("?")


def test_or_does_not_leave_at_all() -> None:
    done = finish(TEXT, character_set="ASCII", options=PeerOptions(unencodable="refuse"))
    assert done.refused
    assert said_of(done.conversion).endswith("not sent")
