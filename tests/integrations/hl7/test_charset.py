"""MSH-18 decides how bytes are read; nothing is guessed where it speaks."""

from __future__ import annotations

import pytest

from integrations.hl7 import charset


@pytest.mark.parametrize(
    ("declared", "codec", "text"),
    [
        ("UNICODE UTF-8", "utf-8", "Müller 山田"),
        ("8859/1", "latin-1", "Müller"),
        ("8859/2", "iso8859-2", "Dvořák"),
        ("8859/5", "iso8859-5", "Иванов"),
        ("8859/7", "iso8859-7", "Παπαδόπουλος"),
        ("8859/15", "iso8859-15", "€"),
        ("GB 18030-2000", "gb18030", "张三"),
        ("BIG-5", "big5", "張三"),
        ("KS X 1001", "euc_kr", "김철수"),
        ("ISO IR87", "iso2022_jp", "山田太郎"),
        ("ISO_8859-1", "latin-1", "Müller"),
    ],
)
def test_text_is_read_in_the_declared_character_set(declared: str, codec: str, text: str) -> None:
    assert charset.decode(text.encode(codec), declared=[declared]) == text


def test_the_second_byte_of_a_character_is_never_taken_for_a_separator() -> None:
    name = "功\\"  # 5C is the second byte of the first character in Big5
    assert charset.decode(name.encode("big5"), declared=["BIG-5"]) == name


def test_a_repeated_msh_18_may_shift_into_another_set() -> None:
    raw = "YAMADA=山田".encode("iso2022_jp")
    assert charset.decode(raw, declared=["ASCII", "ISO IR87"]) == "YAMADA=山田"


def test_the_peers_own_set_stands_in_for_an_empty_msh_18() -> None:
    assert charset.decode("Dvořák".encode("iso8859-2"), declared=[], default="8859/2") == "Dvořák"


def test_undeclared_bytes_are_utf_8_where_they_are_valid_and_latin_1_otherwise() -> None:
    assert charset.decode("Müller".encode(), declared=[]) == "Müller"
    assert charset.decode("Müller".encode("latin-1"), declared=[]) == "Müller"


def test_letters_come_out_composed() -> None:
    assert charset.decode("Mu\u0308ller".encode(), declared=[]) == "M\u00fcller"


def test_a_byte_outside_the_declared_set_is_refused() -> None:
    with pytest.raises(charset.UndecodableText) as caught:
        charset.decode(b"M\xfcller", declared=["UNICODE UTF-8"])
    assert caught.value.field == "MSH-18"


def test_an_unknown_set_is_refused() -> None:
    with pytest.raises(charset.UnknownCharacterSet):
        charset.decode(b"M\xfcller", declared=["KLINGON"])


def test_text_the_receiver_cannot_read_leaves_as_utf_8() -> None:
    assert charset.encode("Müller", character_set="8859/1") == (b"M\xfcller", "8859/1")
    assert charset.encode("山田", character_set="8859/1") == ("山田".encode(), "UNICODE UTF-8")
    assert charset.encode("Doe", character_set="") == (b"Doe", "")


@pytest.mark.parametrize("name", ["utf-8", "ISO_IR 192", "UNICODE UTF-8", "UNICODE"])
def test_msh_18_says_what_table_0211_calls_it(name: str) -> None:
    assert charset.encode("é", character_set=name) == ("é".encode(), "UNICODE UTF-8")
    assert charset.encode("é", character_set="latin-1") == (b"\xe9", "8859/1")
