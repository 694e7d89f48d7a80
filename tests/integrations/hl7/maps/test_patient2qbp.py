"""Whom we look for is asked in the words of IHE."""

from __future__ import annotations

from datetime import date

import pytest

from integrations.hl7.maps.outgoing import Incomplete
from integrations.hl7.maps.patient2qbp import Wanted, qbp_q22, qbp_q23
from integrations.hl7.message import Message
from tests.support import outgoing


def test_a_demographics_query_says_what_is_known() -> None:
    wanted = Wanted(family="DO*", given="JANE", birth_date=date(1970, 1, 1), sex="F")
    text = qbp_q22(envelope=outgoing.envelope(), tag="T1", wanted=wanted, domains=("GH", "NAT"))
    message = Message(text)
    qpd = message.segments[1]
    assert qpd.raw(3) == "@PID.5.1.1^DO*~@PID.5.2^JANE~@PID.7^19700101~@PID.8^F"
    assert qpd.raw(8) == "^^^GH~^^^NAT"
    assert (message.get("QPD-1"), message.get("QPD-2")) == ("IHE PDQ Query", "T1")
    assert (message.get("RCP-1"), message.get("RCP-2")) == ("I", "20")
    assert message.get("MSH-9.3") == "QBP_Q21"


def test_a_cross_reference_query_names_one_identifier() -> None:
    text = qbp_q23(envelope=outgoing.envelope(), tag="T2", identifier="P1", issuer="GH")
    assert Message(text).segments[1].raw(3) == "P1^^^GH"
    assert Message(text).get("QPD-1") == "IHE PIX Query"


def test_a_query_for_anybody_is_not_sent() -> None:
    with pytest.raises(Incomplete):
        qbp_q22(envelope=outgoing.envelope(), tag="T", wanted=Wanted(issuer="GH"))
    with pytest.raises(Incomplete):
        qbp_q23(envelope=outgoing.envelope(), tag="T", identifier="P1", issuer="")
