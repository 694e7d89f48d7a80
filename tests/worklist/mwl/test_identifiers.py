"""Values fit their VR, and nothing that was not asked for is said."""

from __future__ import annotations

import pytest

from worklist.mwl.values import code, namespace, shorten


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("CT head", "CT head"),
        ("a\\b  c", "a/b c"),
        ("word " * 20, "word " * 11 + "word~"),
        ("x" * 80, "x" * 63 + "~"),
    ],
)
def test_descriptions_are_cut_at_a_word(text: str, short: str) -> None:
    assert shorten(text) == short
    assert len(shorten(text)) <= 64


def test_codes_always_have_a_scheme_and_a_meaning() -> None:
    (item,) = code("CTHEAD", "", "")
    assert (item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning) == (
        "CTHEAD",
        "99HIS",
        "CTHEAD",
    )
    (long,) = code("X" * 20, "L", "long")
    assert long.LongCodeValue == "X" * 20
    assert code("", "L", "nothing") == []


def test_an_empty_namespace_is_an_empty_sequence() -> None:
    assert namespace("") == []
    assert namespace("HIS")[0].LocalNamespaceEntityID == "HIS"
