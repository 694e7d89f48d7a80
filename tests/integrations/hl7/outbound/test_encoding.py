"""Names leave in every character set that holds them, and other readers read them unharmed."""

from __future__ import annotations

import unicodedata

import pydicom.charset
import pytest

from integrations.hl7 import charset
from integrations.hl7.maps.names import patient_name
from integrations.hl7.maps.outgoing import patient
from integrations.hl7.message import Message
from integrations.hl7.outbound.encoding import CannotWrite, names_of, repertoire
from integrations.hl7.outbound.finishing import finish
from integrations.hl7.outbound.options import PeerOptions
from tests.support import outgoing

LATIN, CENTRAL = "MÜLLER^RENÉ", "DVOŘÁK^JIŘÍ"
TURKISH, FRENCH = "ŞAHİN^IŞIL", "LEBŒUF^ZOÉ"
CYRILLIC, GREEK = "ИВАНОВ^ИВАН", "ΠΑΠΑΔΌΠΟΥΛΟΣ^ΓΙΏΡΓΟΣ"
ARABIC, HEBREW, THAI = "قباني^نزار", "שרון^דבורה", "ใจดี^สมชาย"
CHINESE, KOREAN = "Wang^XiaoDong=王^小东", "Hong^Gildong=洪^吉洞=홍^길동"
JAPANESE = "Yamada^Tarou=山田^太郎=やまだ^たろう"
HALF_KANA = "ﾔﾏﾀﾞ^ﾀﾛｳ"
EVERYBODY = (
    LATIN, CENTRAL, TURKISH, FRENCH, CYRILLIC, GREEK, ARABIC, HEBREW, THAI, CHINESE, KOREAN,
    JAPANESE, HALF_KANA,
)  # fmt: skip

HELD: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ASCII", ()),
    ("8859/1", (LATIN,)),
    ("8859/2", (LATIN, CENTRAL)),
    ("8859/3", (LATIN, TURKISH)),
    ("8859/4", (LATIN,)),
    ("8859/5", (CYRILLIC,)),
    ("8859/6", (ARABIC,)),
    ("8859/7", (GREEK,)),
    ("8859/8", (HEBREW,)),
    ("8859/9", (LATIN, TURKISH)),
    ("8859/15", (LATIN, FRENCH)),
    ("ISO IR14", (HALF_KANA,)),
    ("ISO IR87", (JAPANESE, CYRILLIC)),
    ("~ISO IR87", (JAPANESE, CYRILLIC)),
    (
        "ISO IR6~ISO IR87~ISO IR159",
        (JAPANESE, CYRILLIC, LATIN, CENTRAL, TURKISH, FRENCH, GREEK),
    ),
    ("ISO IR14~ISO IR87", (HALF_KANA, JAPANESE, CYRILLIC)),
    ("KS X 1001", (KOREAN, CYRILLIC)),
    ("~KS X 1001", (KOREAN, CYRILLIC)),
    ("8859/1~8859/5~8859/7", (LATIN, CYRILLIC, GREEK)),
    ("GB 18030-2000", EVERYBODY),
    ("BIG-5", (JAPANESE,)),
    ("UNICODE UTF-8", EVERYBODY),
)
TABLE = [(sets, name, name in held) for sets, held in HELD for name in EVERYBODY]
DICOM_TERMS = {
    "": "ISO 2022 IR 6", "ISO IR6": "ISO 2022 IR 6", "ISO IR14": "ISO 2022 IR 13",
    "ISO IR87": "ISO 2022 IR 87", "ISO IR159": "ISO 2022 IR 159", "KS X 1001": "ISO 2022 IR 149",
    "8859/1": "ISO 2022 IR 100", "8859/5": "ISO 2022 IR 144", "8859/7": "ISO 2022 IR 126",
}  # fmt: skip
"""DICOM switches with the same escapes (PS3.3 C.12.1.1.2): pydicom is the other reader."""


def read_elsewhere(body: bytes, sets: str) -> str:
    """Return the text of PID-5 as a reader that is not ours reads it."""
    field = body.split(b"\rPID|")[1].split(b"|")[4] if b"\x1b" not in body else _field(body)
    if "~" in sets or sets in ("ISO IR87", "ISO IR159"):
        names = sets.split("~") if "~" in sets else ["", sets]
        encodings = pydicom.charset.convert_encodings([DICOM_TERMS[name] for name in names])
        return pydicom.charset.decode_bytes(field, encodings, {0x5E, 0x7E})
    codec = "shift_jis" if sets == "ISO IR14" else charset.codec_of([sets])
    return field.decode(codec)


def _field(body: bytes) -> bytes:
    """Return PID-5 of bytes where a separator may be half of a letter: after an escape."""
    rest, ascii_now, out, fields = body.split(b"\rPID|")[1], True, bytearray(), 0
    while rest:
        if rest.startswith((b"\x1b(B", b"\x1b$B", b"\x1b(J", b"\x1b$(D")):
            size = 4 if rest.startswith(b"\x1b$(D") else 3
            ascii_now = rest[:3] in (b"\x1b(B", b"\x1b(J")
        elif rest.startswith(b"\x1b"):
            size = 4 if rest[1:2] == b"$" else 3
        else:
            size = 1
            if ascii_now and rest[:1] == b"|":
                fields += 1
                if fields == 5:
                    return bytes(out)
                out, rest = bytearray(), rest[1:]
                continue
        out += rest[:size]
        rest = rest[size:]
    return bytes(out)


@pytest.mark.parametrize(("sets", "name", "held"), TABLE)
def test_a_name_leaves_unharmed_or_is_reported(sets: str, name: str, held: bool) -> None:
    text = "MSH|^~\\&|||||||ADT^A31|1|P|2.5.1\r" + patient(outgoing.person(name=name)) + "\r"
    done = finish(text, character_set=sets, options=PeerOptions())
    if held:
        assert done.conversion == {}
        assert same(read_elsewhere(done.body, sets), Message(text).segments[1].raw(5))
    else:
        assert done.conversion["used"] == "UNICODE UTF-8"
        assert done.conversion["fields"]["PID-5"] > 0
        assert same(
            done.body.decode("utf-8").split("\r")[1].split("|")[5], Message(text).segments[1].raw(5)
        )


@pytest.mark.parametrize("name", EVERYBODY)
def test_our_own_reader_reads_utf_8_back_into_the_same_name(name: str) -> None:
    text = "MSH|^~\\&|||||||ADT^A31|1|P|2.5.1\r" + patient(outgoing.person(name=name)) + "\r"
    body = finish(text, character_set="UNICODE UTF-8", options=PeerOptions()).body
    pid = Message(charset.decode(body, declared=["UNICODE UTF-8"])).segments[1]
    spelt = [pid.components(5, n) for n in range(1, len(pid.repetitions(5)) + 1)]
    assert patient_name(spelt).strip("=") == unicodedata.normalize("NFC", name)


def same(one: str, other: str) -> bool:
    return unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


def test_separators_stand_in_ascii_and_a_value_begins_where_msh_18_says() -> None:
    body = repertoire("8859/1~8859/5").encode("é|И^é|é\r")
    assert body == b"\xe9|\x1b-L\xb8\x1b-A^\xe9|\xe9\r"
    body = repertoire("~ISO IR87").encode("山^太|x")
    assert body == b"\x1b$B;3\x1b(B^\x1b$BB@\x1b(B|x"


@pytest.mark.parametrize("sets", ["CNS 11643-1992", "KLINGON", "UNICODE UTF-8~8859/1"])
def test_a_set_nobody_can_write_is_refused(sets: str) -> None:
    with pytest.raises((CannotWrite, charset.UnknownCharacterSet)):
        names_of(sets)


def test_the_names_of_msh_18_may_be_written_as_people_write_them() -> None:
    assert names_of("UTF-8") == names_of("UNICODE") == ("UNICODE UTF-8",)
    assert names_of("iso8859-1") == ("8859/1",)
