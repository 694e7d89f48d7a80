"""multipart bodies read piece by piece: the same parts however they are cut."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.dicomweb import multipart
from archive.dicomweb.media_type import media_type
from archive.dicomweb.multipart import Part, PartBytes, PartEnd, PartHead
from archive.dicomweb.multipart_reader import (
    HEADER_BYTES,
    BadMultipart,
    MultipartReader,
)

Found = tuple[str, bytes, bool]


def read(chunks: Iterable[bytes], boundary: str = "b") -> tuple[list[Found], MultipartReader]:
    """Return (Content-Type, bytes, complete) of each part."""
    reader = MultipartReader(boundary)
    found: list[Found] = []
    for chunk in chunks:
        for event in reader.feed(chunk):
            if isinstance(event, PartHead):
                found.append((event.headers.get("content-type", ""), b"", False))
            elif isinstance(event, PartBytes):
                found[-1] = (found[-1][0], found[-1][1] + event.data, False)
            else:
                assert isinstance(event, PartEnd)
                found[-1] = (found[-1][0], found[-1][1], True)
    return found, reader


def cut(content: bytes, sizes: list[int]) -> list[bytes]:
    """Return the content in pieces of these sizes, the rest last."""
    out = []
    for size in sizes:
        out.append(content[:size])
        content = content[size:]
    return [*out, content]


# Bytes that are close to a delimiter, so that wrong guesses show.
CLOSE = st.lists(
    st.sampled_from([b"\r", b"\n", b"-", b"--", b"b", b"\r\n--", b"\r\n--b", b" ", b"\0", b"x"]),
    max_size=12,
).map(b"".join)
SAFE = CLOSE.filter(lambda content: b"\r\n--b" not in b"\r\n" + content + b"\r\n")


@given(st.lists(st.one_of(SAFE, st.binary(max_size=40)), max_size=5), st.lists(st.integers(0, 9)))
def test_any_cutting_gives_the_same_parts(contents: list[bytes], sizes: list[int]) -> None:
    boundary = multipart.new_boundary()
    parts = [Part(content_type="a/b", chunks=[content]) for content in contents]
    body = b"".join(multipart.body(parts, boundary))
    found, reader = read(cut(body, sizes), boundary)
    assert found == [("a/b", content, True) for content in contents]
    assert reader.is_complete


@given(CLOSE, st.lists(st.integers(0, 5)))
def test_whatever_comes_the_cutting_does_not_matter(body: bytes, sizes: list[int]) -> None:
    whole = b"--b\r\nContent-Type: a/b\r\n\r\n" + body

    def outcome(chunks: list[bytes]) -> object:
        try:
            found, reader = read(chunks)
        except BadMultipart as error:
            return error.text
        # How much of an unfinished part is told already depends on the cutting.
        return [part if part[2] else part[0] for part in found], reader.is_complete

    assert outcome(cut(whole, sizes)) == outcome([whole])


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_no_bytes_do_any_harm(chunks: list[bytes]) -> None:
    try:
        read(chunks)
    except BadMultipart:
        return


def test_bytes_are_never_stripped() -> None:
    content = b"\r\n\r\n \0\t--b--\r\n\r\n--bb\r\n--B\r\n"
    (part,), _ = read([b"--b\r\nContent-Type: a/b\r\n\r\n" + content + b"\r\n--b--"])
    assert part == ("a/b", content, True)


@pytest.mark.parametrize(
    "body",
    [
        b"preamble\r\n--b\r\n\r\nx\r\n--b--",
        b"--b \t\r\n\r\nx\r\n--b--\r\nepilogue --b",
        b"\r\n--b\r\n\r\nx\r\n--b--\r\n--b\r\n\r\nmore\r\n--b--",
    ],
)
def test_what_surrounds_the_parts_is_nothing(body: bytes) -> None:
    found, reader = read([body])
    assert (found, reader.is_complete) == ([("", b"x", True)], True)


def test_an_empty_part_and_an_empty_body() -> None:
    assert read([b"--b\r\nA: c\r\n\r\n--b\r\n\r\n\r\n--b--"])[0] == [("", b"", True)] * 2
    assert read([b"--b--"])[0] == []


def test_a_body_that_stops_is_seen() -> None:
    found, reader = read([b"--b\r\n\r\none\r\n--b\r\n\r\ntwo and more bytes"])
    assert [part[2] for part in found] == [True, False]
    assert not reader.is_complete


def test_header_names_have_any_case_and_values_may_be_folded() -> None:
    reader = MultipartReader("b")
    body = b'--b\r\nCONTENT-type: A/B;\r\n charset="x;y"\r\ncontent-Location:  u/1 \r\n\r\n'
    (head,) = reader.feed(body)
    assert isinstance(head, PartHead)
    assert (head.type.name, head.type.parameters) == ("a/b", {"charset": "x;y"})
    assert head.headers["content-location"] == "u/1"


@pytest.mark.parametrize("line", [b"x" * (HEADER_BYTES + 1), b"no colon here\r\n\r\n"])
def test_headers_that_are_none_are_refused(line: bytes) -> None:
    with pytest.raises(BadMultipart):
        read([b"--b\r\n" + line])


@pytest.mark.parametrize("boundary", ["", " ", "x" * 201, "a\r\nb", "é"])
def test_what_cannot_be_a_boundary_is_refused(boundary: str) -> None:
    with pytest.raises(BadMultipart):
        MultipartReader(boundary)


def test_a_media_type_and_its_parameters() -> None:
    found = media_type('Multipart/Related; Type="application/dicom"; boundary="a b"')
    assert found.name == "multipart/related"
    assert found.parameters == {"type": "application/dicom", "boundary": "a b"}
    assert media_type("").name == ""
