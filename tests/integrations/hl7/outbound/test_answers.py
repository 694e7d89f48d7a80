"""Acknowledgements of all versions are understood."""

from __future__ import annotations

import pytest

from integrations.hl7.outbound import answers


def ack(rest: str) -> bytes:
    return f"MSH|^~\\&|B|G|P|G|||ACK|1|P|2.5.1\r{rest}\r".encode()


@pytest.mark.parametrize(
    ("rest", "accepted", "failure"),
    [
        ("MSA|AA|C1", True, ""),
        ("MSA|CA|C1", True, ""),
        ("MSA|AE|C1|no account", False, "ack-AE"),
        ("MSA|AE|C1\rERR|||207^x", False, "ack-AE"),
        ("MSA|AR|C1\rERR|||207^x", False, "ack-AR-207"),
        ("MSA|AR|C1\rERR|^^^207&x", False, "ack-AR-207"),
        ("MSA|AR|C1||||207^x", False, "ack-AR-207"),
        ("MSA|CR|C1\rERR|||200^x", False, "ack-AR"),
        ("MSA|AR|C1", False, "ack-AR"),
    ],
)
def test_what_an_answer_means(rest: str, accepted: bool, failure: str) -> None:
    answer = answers.read(ack(rest))
    assert answer is not None
    assert answer.accepted is accepted
    assert accepted or answer.failure == failure


def test_words_are_found_where_the_version_puts_them() -> None:
    assert answers.read(ack("MSA|AE|C1|no account")).text == "no account"  # type: ignore[union-attr]
    told = answers.read(ack("MSA|AE|C1\rERR||PID^1^18|101^x^HL70357|E||||no account"))
    assert told is not None
    assert told.text == "no account"


def test_only_the_answer_to_the_message_is_its_answer() -> None:
    assert answers.answers(ack("MSA|AA|C1"), control_id="C1")
    assert answers.answers(ack("MSA|AA|"), control_id="C1")
    assert not answers.answers(ack("MSA|AA|C2"), control_id="C1")
    assert not answers.answers(ack("NTE|1"), control_id="C1")
    assert not answers.answers(b"noise", control_id="C1")
