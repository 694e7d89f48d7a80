"""A charge leaves as a DFT^P03 that says all a billing system needs, or not at all."""

from __future__ import annotations

import pytest
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message

from integrations.hl7.maps.charge2dft import dft_p03
from integrations.hl7.maps.outgoing import Incomplete
from integrations.hl7.message import Message
from tests.support import outgoing


def written(**over: object) -> str:
    return dft_p03(
        envelope=outgoing.envelope(),
        person=outgoing.person(),
        visit=outgoing.visit(),
        charge=outgoing.charge(**over),
    )


def test_the_whole_message() -> None:
    now = "20261124100000+0100"
    assert written().split("\r") == [
        f"MSH|^~\\&|PACSHUB|GH|BILL|GH|{now}||DFT^P03^DFT_P03|C1|P|2.5.1",
        f"EVN|P03|{now}",
        "PID|1||P1^^^GH^MR~77^^^NAT^MR||DOE^JANE^M^JR^DR^^L||19700101|F||||||||||ACC1",
        "PV1|1|O|RAD|||||^HOUSE^GREGORY|||||||||||V77",
        f"FT1|1|T000000001||{now}|{now}|CG|CTHEAD^CT head \\T\\ neck^L|||1||||||RAD||O||"
        "CT1^CT room 1|D7^WELBY^MARCUS||F9||70450^CT head \\T\\ neck^C4",
        "",
    ]


def test_the_message_is_valid_by_the_standards_structure() -> None:
    message = parse_message(written(), validation_level=VALIDATION_LEVEL.STRICT)
    assert message.validate()


def test_every_line_has_its_own_transaction_under_one_charge() -> None:
    text = written(lines=(outgoing.line(), outgoing.line(cpt="70460")))
    ids = [s.raw(2) for s in Message(text).all("FT1")]
    assert ids == ["T000000001", "T000000001-2"]


@pytest.mark.parametrize(
    "over",
    [
        {"lines": ()},
        {"lines": (outgoing.line(cpt=""),)},
        {"lines": (outgoing.line(quantity=0),)},
        {"filler_order_number": ""},
        {"transaction_id": ""},
    ],
)
def test_an_incomplete_charge_is_not_written(over: dict[str, object]) -> None:
    with pytest.raises(Incomplete):
        written(**over)
