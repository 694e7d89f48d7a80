"""Whom the other system knows is read from its answer."""

from __future__ import annotations

from datetime import date

from integrations.hl7.maps.rsp2patient import response
from integrations.hl7.message import Message

HEAD = "MSH|^~\\&|MPI|GH|PACSHUB|GH|||RSP^K22^RSP_K21|1|P|2.5.1\rMSA|AA|Q1\r"
JANE = (
    "PID|||P1^^^GH^MR~77^^^NAT||DOE^JANE^^^^^L~TROTTER^JANE^^^^^M||19700101|F|||"
    "Rue 1^^Paris^^75001^FR||+331^PRN^PH\r"
)


def test_each_pid_is_somebody() -> None:
    found = response(Message(HEAD + "QAK|T1|OK\rQPD|x\r" + JANE + "PID|||P2||ROE\rDSC|c1|I\r"))
    jane, roe = found.candidates
    assert jane.identifiers == (("P1", "GH", "MR"), ("77", "NAT", ""))
    assert (jane.name, jane.birth_date, jane.sex) == ("DOE^JANE", date(1970, 1, 1), "F")
    assert (jane.address, jane.phone) == ("Rue 1, 75001, Paris, FR", "+331")
    assert (roe.name, roe.identifiers) == ("ROE", (("P2", "", ""),))
    assert (found.status, found.more) == ("OK", True)


def test_nobody_and_an_error_are_told_apart() -> None:
    assert response(Message(HEAD + "QAK|T1|NF\r")).status == "NF"
    wrong = response(Message(HEAD + "ERR||QPD^1^3|204^Unknown key^HL70357|E\rQAK|T1|AE\r"))
    assert (wrong.status, wrong.condition, wrong.text) == ("AE", "204", "Unknown key")


def test_a_name_that_only_fills_the_field_is_none() -> None:
    found = response(Message(HEAD + "QAK|T1|OK\rPID|||P1^^^GH||~^^^^^^S\r"))
    assert found.candidates[0].name == ""
