"""[[hl7_map]]: read, checked with the line it stands at, and written back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7.maps.overrides import Override
from pacs_hub.site.hl7_map import lines_of, with_maps, without_maps, written
from pacs_hub.site.schema import SiteFileWrong, parse
from tests.pacs_hub.site.test_schema import EXAMPLE, SITE

PEER = (
    '[[hl7_peer]]\nname = "HIS"\ndirection = "in"\napplication = "HIS"\nfacility = "GH"\n'
    'address = ["127.0.0.1"]\n\n'
)
MAP = '[[hl7_map]]\nname = "a"\npeer = "HIS"\nkind = "move"\nmap = "orm2order"\n'
FIELD = 'field = "accession_number"\nfrom = "ZOR-3"\n'


def test_each_kind_is_read() -> None:
    text = (
        SITE
        + PEER
        + MAP
        + FIELD
        + (
            '[[hl7_map]]\nname = "b"\nkind = "code"\ntable = "0074"\nfrom = "KT"\nto = "CT"\n'
            '[[hl7_map]]\nname = "c"\nkind = "filter"\nmessage = "ADT^A08"\npath = "PV1-2"\n'
            'equals = "N"\naction = "ignore"\n'
            '[[hl7_map]]\nname = "d"\nkind = "default"\nmap = "orm2order"\nfield = "reason"\n'
            'value = "not told"\nnote = "asked in May"\n'
        )
    )
    a, b, c, d = parse(text).hl7_map
    assert (a.sources, a.peer, b.code, b.becomes, b.peer) == (("ZOR-3",), "HIS", "KT", "CT", "*")
    assert (c.equals, c.action, d.value, d.note) == (("N",), "ignore", "not told", "asked in May")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (MAP + 'field = "accesion"\nfrom = "ZOR-3"\n', "field: orm2order has no such field"),
        (MAP + 'field = "accession_number"\nfrom = "ZOR"\n', "from: 'ZOR' is no place"),
        (MAP.replace("HIS", "RIS") + FIELD, "peer: 'RIS' is not an [[hl7_peer]]"),
        (MAP.replace("orm2order", "x") + FIELD, "map: 'x' is no map"),
    ],
)
def test_what_fits_nothing_is_told_with_its_line(row: str, line: str) -> None:
    text = SITE + PEER + row
    number = text[: text.index("[[hl7_map]]")].count("\n") + 1
    with pytest.raises(SiteFileWrong) as caught:
        parse(text)
    assert any(
        problem.startswith(f"[[hl7_map]] a (line {number}) {line}")
        for problem in caught.value.problems
    )


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (MAP + FIELD + "colour = 1\n", "colour: is not a key"),
        (MAP.replace("move", "magic") + FIELD, "'magic' is not one of"),
        (MAP + FIELD + MAP + FIELD, "is there 2 times"),
    ],
)
def test_what_is_no_row_is_told(row: str, words: str) -> None:
    with pytest.raises(SiteFileWrong, match=words):
        parse(SITE + PEER + row)


def test_the_example_shows_each_kind() -> None:
    kinds = {row.kind for row in parse(EXAMPLE.read_text(encoding="utf-8")).hl7_map}
    assert kinds == {"move", "default", "constant", "code", "filter"}


def test_only_the_overrides_of_a_file_are_replaced() -> None:
    text = f"# who\n{SITE}{MAP}{FIELD}# kept?\n{PEER}# end\n{MAP}{FIELD}"
    assert lines_of(text) == [n for n, s in enumerate(text.splitlines(), 1) if s == "[[hl7_map]]"]
    assert without_maps(text) == f"# who\n{SITE}{PEER}# end\n"
    row = Override(name="n", peer="*", kind="filter", message="*", action="ignore")
    changed = with_maps(text, [row])
    assert parse(changed).hl7_map == (row,)
    assert with_maps(changed, []) == f"# who\n{SITE}{PEER}# end\n"


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).map(
    lambda text: text.strip() or "x"
)


@given(words, words, st.lists(words, min_size=1, max_size=3))
def test_what_is_written_is_what_is_read(name: str, note: str, equals: list[str]) -> None:
    row = Override(
        name=name,
        peer="*",
        kind="filter",
        message="ADT^*",
        path="PV1-2",
        equals=tuple(equals),
        action="hold",
        note=note,
    )
    assert parse(f"{SITE}\n{written(row)}").hl7_map == (row,)
