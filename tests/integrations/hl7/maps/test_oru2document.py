"""OBX of type ED becomes the file inside it."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7.maps.oru2document import EmbeddedDocument, embedded_documents
from integrations.hl7.message import Message
from tests.support.messages import joined, msh, pid


def read(*segments: str) -> list[EmbeddedDocument]:
    message = Message(joined(msh("ORU^R01"), pid(), *segments))
    return embedded_documents(message.all("OBX"))


def obx(data: str, *, encoding: str = "Base64", status: str = "F") -> str:
    value = f"RIS^application^pdf^{encoding}^{data}"
    return f"OBX|3|ED|18748-4^Imaging report^LN||{value}||||||{status}"


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["Base64", "BASE64", "", "Hex"]))
def test_any_bytes_come_through(content: bytes, encoding: str) -> None:
    packed = content.hex() if encoding == "Hex" else base64.b64encode(content).decode()
    (found,) = read(obx(packed, encoding=encoding))
    assert (found.content, found.error) == (content, "")


def test_a_file_has_the_name_its_obx_gives_it() -> None:
    (found,) = read(obx("aGk="))
    assert (found.title, found.place) == ("Imaging report", "OBX 3, OBX-5.5")
    assert (found.code.value, found.code.scheme) == ("18748-4", "LN")


def test_a_local_name_is_a_title_and_no_code() -> None:
    (found,) = read("OBX|1|ED|PDF||^application^pdf^Base64^aGk=")
    assert (found.title, found.code.value) == ("PDF", "")


def test_lines_in_the_encoding_are_no_harm() -> None:
    (found,) = read(obx("aGVs\\.br\\bG8=").replace("\\.br\\", " "))
    assert found.content == b"hello"


@pytest.mark.parametrize(
    ("data", "encoding", "words"),
    [
        ("aGk", "Base64", "broken"),
        ("%%%%", "Base64", "broken"),
        ("0x1", "Hex", "broken"),
        ("text", "A", "neither"),
        ("", "Base64", "empty"),
    ],
)
def test_what_cannot_be_read_says_why(data: str, encoding: str, words: str) -> None:
    (found,) = read(obx(data, encoding=encoding))
    assert words in found.error
    assert found.content == b""


def test_other_types_withdrawn_and_empty_ones_are_left_out() -> None:
    assert read("OBX|1|TX|a||text||||||F", obx("aGk=", status="D"), "OBX|2|ED|a||") == []
