"""What a message may hold that no row can: it is refused alone, and those beside it go on."""

from __future__ import annotations

import pytest

from archive.models import PatientIdentifier
from integrations.hl7.inbox import admission, services
from integrations.hl7.inbox.arrivals import Arrival
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, joined, msh, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()


def together(*messages: str) -> list[Ack]:
    arrivals = [Arrival(raw=message.encode(), address="127.0.0.1") for message in messages]
    receipts = services.receive_many(arrivals, routes=ROUTES, doorkeeper=admission.Doorkeeper())
    return [Ack(receipt.answer or b"") for receipt in receipts]


def admission_of(identifier: str, *, number: str | None = None) -> str:
    return joined(
        msh("ADT^A28", number=number), "EVN|A28|20261124090000", pid(identifier=identifier)
    )


@pytest.mark.parametrize(
    "message",
    [
        admission_of("P\0X^^^GH^MR"),
        admission_of("PX^^^G\0H^MR"),
        admission_of("PX^^^GH^MR", number="N\0UL"),
    ],
)
def test_a_nul_is_refused_and_harms_no_other(message: str) -> None:
    before, bad, after = together(adt("A28"), message, admission_of("P9^^^GH^MR"))
    assert (before.code, bad.code, after.code) == ("AA", "AE", "AA")
    assert PatientIdentifier.objects.filter(value="P9").exists()
    row = InboundMessage.objects.get(processing_state="refused")
    assert row.error_code == "undecodable"
    assert bytes(row.raw) == message.encode()


def test_a_nul_written_as_an_escape_stays_as_it_was_written() -> None:
    (answer,) = together(admission_of("P\\X00\\X^^^GH^MR"))
    assert answer.code == "AA"
    assert PatientIdentifier.objects.get().value == "P\\X00\\X"


def test_an_authority_longer_than_any_lane_harms_no_other() -> None:
    answers = together(admission_of(f"PX^^^{'G' * 3000}^MR"), admission_of("P9^^^GH^MR"))
    assert [answer.code for answer in answers][1] == "AA"
    assert PatientIdentifier.objects.filter(value="P9").exists()


@pytest.mark.parametrize("at", ["00010101000000", "99991231235959-1200"])
def test_a_time_at_the_end_of_all_times_is_no_time_and_no_fault_of_ours(at: str) -> None:
    person = pid(identifier="P9^^^GH^MR")
    (answer,) = together(joined(msh("ADT^A28"), f"EVN|A28|{at}", person))
    assert answer.code == "AA"  # MSH-7 says when


def test_a_set_id_of_many_digits_is_a_place_in_the_order_it_came() -> None:
    payer = f"GT1|{'9' * 40}||PAYER^ANN"
    visit = "PV1|1|I|||||||||||||||||V1^^^GH"
    (answer,) = together(
        joined(msh("ADT^A01"), "EVN|A01|20261124090000", pid(identifier="P9^^^GH^MR"), visit, payer)
    )
    assert answer.code == "AA"
