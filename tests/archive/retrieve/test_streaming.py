"""Bytes in blocks."""

import io

import pytest

from archive.retrieve.streaming import BLOCK_BYTES, SMALL_BYTES, blocks, fewer, want_soon

LARGE = b"x" * SMALL_BYTES


@pytest.mark.parametrize(
    ("chunks", "wanted"),
    [
        ([], []),
        ([b"a", b"b", LARGE, b"c", b"", b"d"], [b"ab", LARGE, b"cd"]),
        ([LARGE, LARGE], [LARGE, LARGE]),
        ([LARGE[:-1], b"yz", b"q"], [LARGE[:-1] + b"yz", b"q"]),
    ],
)
def test_small_chunks_are_joined_and_large_ones_left(
    chunks: list[bytes], wanted: list[bytes]
) -> None:
    assert list(fewer(chunks)) == wanted


def test_a_file_comes_in_blocks_and_is_closed() -> None:
    file = io.BytesIO(b"z" * (2 * BLOCK_BYTES + 1))
    assert [len(block) for block in blocks(file)] == [BLOCK_BYTES, BLOCK_BYTES, 1]
    assert file.closed
    assert b"".join(blocks(io.BytesIO(b"0123456789"), start=3, length=4)) == b"3456"


def test_what_is_on_no_disk_is_not_wanted_soon() -> None:
    want_soon(io.BytesIO(b"x"))
