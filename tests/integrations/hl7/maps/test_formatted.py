"""Formatted text becomes lines and spaces; nothing a sender writes can blow it up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7.maps.formatted import WIDTH, formatted_text
from integrations.hl7.message import Separators

MARKS = Separators()


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain", "plain"),
        ("one\\.br\\two", "one\ntwo"),
        ("one\\.sp\\two", "one\n\ntwo"),
        ("one\\.sp2\\two", "one\n\n\ntwo"),
        ("one\\.sp +1\\two", "one\n\ntwo"),
        ("\\.in+4\\\\.ti-4\\1. A\\.br\\more", "1. A\n    more"),
        ("\\.in2\\a\\.br\\b\\.in0\\\\.br\\c", "  a\nb\nc"),
        ("a\\.sk3\\b", "a   b"),
        ("\\.fi\\a\\.nf\\b", "ab"),
        ("\\.ce\\TITLE\\.br\\text", "TITLE".center(WIDTH).rstrip() + "\ntext"),
        ("a\\.ce\\B", "a\n" + "B".center(WIDTH).rstrip()),
        ("\\H\\bold\\N\\ 1 \\T\\ 2 \\X41\\", "bold 1 & 2 A"),
        ("\\E\\.br\\E\\", "\\.br\\"),
        ("\\.xx9\\ stays", "\\.xx9\\ stays"),
        ("three \\ alone", "three \\ alone"),
    ],
)
def test_each_command(raw: str, text: str) -> None:
    assert formatted_text(raw, MARKS) == text


def test_a_message_without_an_escape_character_has_no_commands() -> None:
    assert formatted_text("a\\.br\\b", Separators(escape="")) == "a\\.br\\b"


@given(st.text(alphabet="ab\\.+-0123456789inspbrcetk \n", max_size=200))
def test_any_text_has_an_end(raw: str) -> None:
    assert len(formatted_text(raw, MARKS)) <= 80 * (len(raw) + 1)


def test_a_command_asks_for_no_more_than_a_page_has() -> None:
    assert len(formatted_text("a\\.sp999\\b\\.sk999\\c", MARKS)) < 200
