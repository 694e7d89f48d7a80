"""An acknowledgement is told in words."""

from __future__ import annotations

from integrations.hl7.inbox.answering import CODES, meaning, remarks

ANSWER = (
    b"MSH|^~\\&|PACSHUB|GH|HIS|GH|20261124120000||ACK^A08^ACK|7|P|2.5.1\r"
    b"MSA|AE|M1\rERR||PID^1^7|102^Data type error^HL70357|E|bad-time|||the birth date is no date\r"
    b"ERR|||0^Message accepted^HL70357|W||||PV1-3 was not understood\r"
)


def test_every_code_of_table_0008_has_words() -> None:
    assert set(CODES) == {"AA", "AE", "AR", "CA", "CE", "CR"}
    assert meaning("AA") == "accepted"
    assert meaning("") == "no answer"


def test_each_error_says_how_grave_what_and_where() -> None:
    assert remarks(ANSWER) == [
        "error: the birth date is no date (data type error, 102) at PID-7",
        "warning: PV1-3 was not understood",
    ]


def test_an_answer_that_is_none_says_nothing() -> None:
    assert remarks(b"OK") == []
