"""Text that switches between sets (ISO/IEC 2022) is read as another writer wrote it."""

from __future__ import annotations

import unicodedata

import pytest

from integrations.hl7 import charset
from integrations.hl7.outbound.encoding import repertoire


@pytest.mark.parametrize(
    ("sets", "name"),
    [
        ("8859/1~8859/5~8859/7", "é^ИВАН^ΓΙΏ~é"),
        ("~8859/6~8859/8", "قباني~שרון"),
        ("~ISO IR87", "Yamada~山田^太郎"),
        ("ISO IR14~ISO IR87", "ﾔﾏ^山田~ﾀﾛｳ"),
        ("~KS X 1001", "Hong~洪^吉洞~홍^길동"),
        ("ISO IR6~ISO IR87~ISO IR159", "山^ü"),
    ],
)
def test_what_we_write_we_read(sets: str, name: str) -> None:
    text = f"MSH|^~\\&|\rPID|||||{name}|x\r"
    body = repertoire(sets).encode(text)
    read = charset.decode(body, declared=sets.split("~"))
    assert read == unicodedata.normalize("NFC", text)


def test_a_set_beside_ascii_ends_with_its_value() -> None:
    raw = b"MSH|^~\\&|\rPID|\x1b-L\xb8|\xe9\r"
    assert charset.decode(raw, declared=["8859/1", "8859/5"]).endswith("PID|И|é\r")
