"""Batches come apart into their messages, byte for byte, and are answered as a batch."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.hl7 import batch

FHS = b"FHS|^~\\&|HIS|GH|PACSHUB|GH|20260101||day.hl7||F1\r"
BHS = b"BHS|^~\\&|HIS|GH|PACSHUB|GH|20260101||||B1\r"
ONE = b"MSH|^~\\&|HIS|GH|||2026||ADT^A08|1|P|2.5\rPID|1||P1\r"
TWO = b"MSH|^~\\&|HIS|GH|||2026||ADT^A08|2|P|2.5\rNTE|1||two\nlines\rPID|1||P2\r"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def contents(raw: bytes, *, most_bytes: int = 10_000) -> list[tuple[str, bytes]]:
    return [(p.kind, p.content) for p in batch.parts([raw], most_bytes=most_bytes)]


def messages(raw: bytes) -> list[bytes]:
    return [content for kind, content in contents(raw) if kind == "message"]


def replied(raw: bytes, *answers: bytes | None) -> list[str]:
    written: list[bytes] = []
    reply = batch.Reply(written.append, control_id="R1", now=NOW)
    left = iter(answers)
    for part in batch.parts([raw], most_bytes=10_000):
        if part.kind == "message":
            reply.add(next(left))
        elif part.kind in ("FHS", "BHS"):
            reply.open(part)
        else:
            reply.close(part)
    reply.end()
    return b"".join(written).decode().split("\r")


@pytest.mark.parametrize(
    "raw",
    [
        FHS + BHS + ONE + TWO + b"BTS|2\rFTS|1\r",
        BHS + ONE + TWO + b"BTS|2\r",
        FHS + ONE + TWO + b"FTS|1",
        BHS + ONE + b"BTS|1\r" + BHS + TWO + b"BTS|1\r",
        ONE + TWO,
        b"\xef\xbb\xbf" + BHS + ONE + TWO,
    ],
)
def test_every_envelope_may_be_there_or_not(raw: bytes) -> None:
    assert messages(raw) == [ONE, TWO]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (FHS + ONE, True),
        (b"\r\n" + BHS, True),
        (ONE + TWO, True),
        ((ONE + TWO).replace(b"\r", b"\n"), True),
        (ONE, False),
        (b"", False),
    ],
)
def test_a_batch_is_told_by_its_first_segment_or_by_a_second_message(
    raw: bytes, said: bool
) -> None:
    assert batch.is_batch(raw) is said


@given(st.lists(st.integers(1, 40)), st.sampled_from([b"\r", b"\n", b"\r\n"]))
def test_it_does_not_matter_how_the_bytes_arrive(sizes: list[int], end: bytes) -> None:
    whole = (BHS + ONE + ONE + b"BTS|2\r").replace(b"\r", end)
    chunks, rest = [], whole
    for size in sizes:
        chunks.append(rest[:size])
        rest = rest[size:]
    found = list(batch.parts([*chunks, rest], most_bytes=10_000))
    assert found == list(batch.parts([whole], most_bytes=10_000))
    assert b"".join(p.content for p in found if p.kind == "message") == (ONE + ONE).replace(
        b"\r", end
    )


def test_what_belongs_to_no_message_is_not_lost() -> None:
    assert messages(BHS + b"PID|1||P1\r" + ONE) == [b"PID|1||P1\r", ONE]


def test_a_message_that_is_too_long_comes_as_its_head_and_the_next_one_whole() -> None:
    long = ONE + b"OBX|1|ED|" + b"x" * 500
    found = [*batch.parts([BHS, long, b"\r" + TWO], most_bytes=100)][1:]
    assert [(len(p.content), p.truncated) for p in found] == [(100, True), (len(TWO), False)]


def test_the_reply_names_the_file_and_the_batch_it_answers() -> None:
    lines = replied(FHS + BHS + ONE + TWO + b"BTS|2\rFTS|1\r", b"MSH|ack1\r", b"MSH|ack2\r")
    assert lines == [
        "FHS|^~\\&|PACSHUB|GH|HIS|GH|20260102030405+0000||||R1|F1",
        "BHS|^~\\&|PACSHUB|GH|HIS|GH|20260102030405+0000||||R1|B1",
        "MSH|ack1",
        "MSH|ack2",
        "BTS|2",
        "FTS|1",
        "",
    ]


def test_messages_that_want_no_answer_are_not_counted_in_the_reply() -> None:
    assert replied(BHS + ONE + TWO + b"BTS|2\r", None, b"MSH|ack2\r")[1:] == [
        "MSH|ack2",
        "BTS|1",
        "",
    ]


def test_a_batch_that_lost_a_message_on_the_way_is_told_so() -> None:
    lines = replied(BHS + ONE + b"BTS|2\r", b"MSH|ack1\r")
    assert lines[-2] == "BTS|1|2 messages were announced and 1 came"
