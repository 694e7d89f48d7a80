"""Another system is asked who somebody is; whatever it does, somebody at a desk gets an answer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

import pytest

from integrations.hl7.maps.outgoing import Incomplete
from integrations.hl7.maps.patient2qbp import Wanted
from integrations.hl7.message import Message
from integrations.hl7.outbound.asking import (
    NoAnswer,
    NobodyToAsk,
    NotAnswered,
    UnknownIdentifier,
    ask_pdq,
    ask_pix,
)
from tests.support.mllp_door import a_receiver, a_site
from tests.support.peers.hospital import Receiver, receiving

pytestmark = pytest.mark.django_db
DOE = Wanted(family="DOE")


@pytest.fixture
def index() -> Iterator[Receiver]:
    """Return the hospital's patient index; it knows Jane and Jürgen."""
    with receiving() as system:
        a_site()
        a_receiver(port=system.port, name="MPI", messages=["QBP^Q22", "QBP^Q23"])
        yield system


def response(status: str, *segments: str, code: str = "AA", charset: str = "8859/1") -> object:
    def answer(query: str) -> bytes:
        number, tag = Message(query).get("MSH-10"), Message(query).get("QPD-2")
        head = f"MSH|^~\\&|MPI|GH|PACSHUB|GH|||RSP^K22^RSP_K21|1|P|2.5.1||||||{charset}\r"
        lines = [f"MSA|{code}|{number}", *segments[:1], f"QAK|{tag}|{status}", *segments[1:]]
        return (head + "".join(f"{line}\r" for line in lines if line)).encode("latin-1")

    return answer


def test_who_fits_comes_back_and_the_query_says_what_is_known(index: Receiver) -> None:
    index.answer = response(  # type: ignore[assignment]
        "OK", "", "PID|||P1^^^GH||DOE^JANE||19700101|F", "PID|||P2^^^GH||DÖE^JÜRGEN"
    )
    found = ask_pdq(wanted=Wanted(family="DO*", birth_date=date(1970, 1, 1)), domains=("GH",))
    assert [c.name for c in found.candidates] == ["DOE^JANE", "DÖE^JÜRGEN"]
    assert found.candidates[0].identifiers == (("P1", "GH", ""),)
    query = Message(index.messages[0])
    assert query.segments[1].raw(3) == "@PID.5.1.1^DO*~@PID.7^19700101"
    assert (query.get("MSH-9.2"), query.get("MSH-11")) == ("Q22", "P")


def test_nobody_is_an_answer_too(index: Receiver) -> None:
    index.answer = response("NF")  # type: ignore[assignment]
    assert ask_pdq(wanted=DOE).candidates == ()


def test_what_else_somebody_is_called(index: Receiver) -> None:
    index.answer = response("OK", "", "PID|||77^^^NAT||~^^^^^^S")  # type: ignore[assignment]
    found = ask_pix(identifier="P1", issuer="GH", domains=("NAT",))
    assert found.candidates[0].identifiers == (("77", "NAT", ""),)


def test_an_identifier_nobody_knows_is_told_from_a_refusal(index: Receiver) -> None:
    unknown = "ERR||QPD^1^3^1^1|204^Unknown Key Identifier^HL70357|E"
    index.answer = response("AE", unknown, code="AE")  # type: ignore[assignment]
    with pytest.raises(UnknownIdentifier, match="MPI does not know it"):
        ask_pix(identifier="P9", issuer="GH")
    index.answer = response("AR", "ERR|||200^x^HL70357|E", code="AR")  # type: ignore[assignment]
    with pytest.raises(NotAnswered):
        ask_pdq(wanted=DOE)


def test_the_wait_has_an_end(index: Receiver) -> None:
    index.script = lambda _id: ("", "")
    began = time.monotonic()
    with pytest.raises(NoAnswer, match="MPI: no answer within 0.2 s"):
        ask_pdq(wanted=DOE, seconds=0.2)
    assert time.monotonic() - began < 2


def test_nobody_home_and_nobody_to_ask_are_told(index: Receiver) -> None:
    with pytest.raises(NobodyToAsk):
        ask_pdq(wanted=DOE, peer_name="OTHER")
    with pytest.raises(Incomplete):
        ask_pdq(wanted=Wanted())
    with pytest.raises(Incomplete):
        ask_pix(identifier="", issuer="GH")
    assert index.messages == []


def test_an_index_that_is_away_is_told() -> None:
    a_site()
    a_receiver(port=1, name="MPI", messages=["QBP^Q22"])
    with pytest.raises(NoAnswer, match="cannot connect"):
        ask_pdq(wanted=DOE)
