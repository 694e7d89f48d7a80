"""The reader is exact to the character and reads what others read."""

from __future__ import annotations

from pathlib import Path

import hl7
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7.message import (
    Header,
    Message,
    NotHl7,
    Repeats,
    Separators,
    build_message,
    build_segment,
)

SAMPLES = Path("../shared/samples/hl7v2")
ODD = "MSH#*!?%#HIS#GH#HUB#GH#20261124##ADT*A01#M1#P#2.5\rPID###1*2%3!4##?F??S??T??R??E?\r"


def samples() -> list[Path]:
    """Return the messages nobody on this project wrote."""
    files = sorted(SAMPLES.glob("*.hl7"))
    if not files:
        pytest.skip("../shared/samples/hl7v2 is absent: samples are not part of the project")
    return files


def test_every_sample_comes_back_character_for_character() -> None:
    for path in samples():
        text = path.read_bytes().decode("latin-1")
        if text.startswith("MSH") and len(text) > 80:
            assert str(Message(text)) == text, path.name


def test_values_agree_with_another_library_on_plain_samples() -> None:
    compared = 0
    for path in samples():
        text = path.read_bytes().decode("latin-1").replace("\r\n", "\r").replace("\n", "\r")
        if not text.startswith("MSH|^~\\&|") or "\r\r" in text:
            continue
        ours, theirs = Message(text), hl7.parse(text)
        for name in ("PID", "OBR", "ORC"):
            segment = ours.first(name)
            if segment is None or len(segment.fields) < 2:
                continue
            other = theirs.segment(name)
            for number in range(1, len(segment.fields)):
                assert segment.raw(number) == str(other[number]), (path.name, name, number)
                compared += 1
    assert compared > 1000


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=80))
def test_any_text_written_is_read_back(text: str) -> None:
    written = build_message([build_segment("MSH", {3: "A"}), build_segment("NTE", {3: text})])
    assert Message(written).get("NTE-3") == text.strip()


@given(st.text(max_size=300))
def test_any_text_after_the_header_is_lossless(text: str) -> None:
    message = "MSH|^~\\&|A\r" + text
    assert str(Message(message)) == message


def test_separators_are_those_of_the_message() -> None:
    message = Message(ODD)
    assert message.get("MSH-9.2") == "A01"
    assert message.get("PID-3.2.2") == "3"
    assert message.get("PID-3(2)") == "4"
    assert message.get("PID-5") == "#*%!?"
    assert (message.get("MSH-1"), message.get("MSH-2")) == ("#", "*!?%")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("a\\.br\\b", "a\nb"),
        ("\\X41\\", "A"),
        ("\\XC3A9\\", "é"),
        ("\\H\\bold\\N\\", "bold"),
        ("\\Zodd\\", "\\Zodd\\"),
        ("C:\\dir", "C:\\dir"),
    ],
)
def test_escapes_are_decoded_and_unknown_ones_kept(sent: str, read: str) -> None:
    assert Separators().unescape(sent) == read


def test_z_segments_are_kept() -> None:
    message = Message("MSH|^~\\&|A\rZDS|1.2.3^^Application^DICOM\r")
    assert message.get("ZDS-1.1") == "1.2.3"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_any_line_end_separates_segments(end: str) -> None:
    message = Message(f"MSH|^~\\&|A{end}PID|||7{end}")
    assert message.get("PID-3") == "7"


def test_a_line_feed_inside_a_value_is_text() -> None:
    message = Message("MSH|^~\\&|A\rOBX|1|TX|a||first\nsecond\rOBX|2\r")
    assert message.get("OBX-5") == "first\nsecond"
    assert len(message.all("OBX")) == 2


def test_null_and_absent_are_told_apart() -> None:
    message = Message('MSH|^~\\&|A\rPID|||7||""||\r')
    assert message.said("PID-5") == ""
    assert message.said("PID-7") is None
    assert message.said("PID-30") is None


@pytest.mark.parametrize("text", ["", "MSH", "PID|1", "MSH|", "MSHA^~", "\x00\x01", "MSH|\r"])
def test_what_does_not_begin_with_a_header_is_not_hl7(text: str) -> None:
    with pytest.raises(NotHl7):
        Message(text)


def test_the_header_is_read_before_the_character_set_is_known() -> None:
    text = "MSH|^~\\&|HIS^1.2^ISO|GH||||| ORU^R01^ORU_R01 |M\xfc1 |P|2.5.1^USA||||||8859/1~X\r"
    header = Header.of(text.encode("latin-1"))
    assert header.message_type == "ORU^R01"
    assert header.control_id == "M\xfc1 "
    assert header.version == "2.5.1"
    assert header.character_sets == ("8859/1", "X")
    assert header.first_component(header.sending_application) == "HIS"


def test_repetitions_components_and_subcomponents_are_written() -> None:
    repeated = Repeats((("1", "", "", ("GH", "1.2", "ISO")), ("2",)))
    assert build_segment("PID", {3: repeated, 5: "a|b"}) == "PID|||1^^^GH&1.2&ISO~2||a\\F\\b"
