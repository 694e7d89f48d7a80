"""Who is here, with their visits, and the question as it was put before PDQ."""

from __future__ import annotations

from typing import Any

import pytest

from archive.patients.rules import Identifier
from integrations.hl7.inbox import services
from pacs_hub.audit.models import AuditRow
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import MORNING, a_patient
from tests.support.messages import joined, msh
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from worklist.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender(options={"queries": True})
    here = a_patient(identifiers=(Identifier(value="P1", issuer="GH"),))
    a_visit(here, number="V1", location="RAD^ROOM1^BED2", referring_physician_name="HOUSE^GREG")
    gone = a_patient(identifiers=(Identifier(value="P2", issuer="GH"),))
    a_visit(gone, number="V2", status="finished")


def a_visit(patient: Any, **over: Any) -> Visit:
    row = {"authority": "GHV", "status": "in_progress", "patient_class": "I", "updated_at": MORNING}
    return Visit.objects.create(patient=patient, admitted_at=MORNING, **(row | over))


def send(*segments: str) -> Ack:
    raw = joined(*segments).encode()
    receipt = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def stays(*demands: str) -> Ack:
    qpd = f"QPD|IHE PDVQ Query|T1|{'~'.join(demands)}"
    return send(msh("QBP^ZV1^QBP_Q21"), qpd, "RCP|I|10^RD")


def test_who_is_here_is_told_with_the_visit() -> None:
    ack = stays("@PID.5.1.1^DOE")
    assert (ack.code, ack.field("MSH", 9)) == ("AA", "RSP^ZV2^RSP_ZV2")
    assert (ack.field("QAK", 2), ack.field("PID", 3)) == ("OK", "P1^^^GH^MR")
    assert (ack.field("PV1", 2), ack.field("PV1", 3)) == ("I", "RAD^ROOM1^BED2")
    assert (ack.field("PV1", 8), ack.field("PV1", 19)) == ("^HOUSE^GREG", "V1^^^GHV")
    assert ack.field("PV1", 44) == "20261124100000+0100"
    assert b"P2" not in ack.raw


def test_a_visit_is_found_by_its_number_also_when_it_is_over() -> None:
    assert stays("@PV1.19.1^V2").field("PID", 3) == "P2^^^GH^MR"
    assert stays("@PV1.19.1^V2", "@PV1.19.4.1^GHV").field("QAK", 2) == "OK"
    assert stays("@PV1.19.1^V2", "@PID.3.1^P1").field("QAK", 2) == "NF"
    assert stays("@PV1.19.1^V9").field("QAK", 2) == "NF"


def test_the_old_question_is_answered_with_adr() -> None:
    ack = send(msh("QRY^A19", version="2.3.1"), "QRD|2030|R|I|Q1|||25^RD|P1^DOE^JANE|DEM")
    assert (ack.code, ack.field("MSH", 9)[:7]) == ("AA", "ADR^A19")
    assert (ack.field("QRD", 4), ack.field("PID", 3)) == ("Q1", "P1^^^GH^MR")
    assert AuditRow.objects.get(action="query").object_id == "QRY^A19"


@pytest.mark.parametrize("kind", ["QBP^ZV1^QBP_Q21", "QRY^A19"])
def test_a_link_that_may_not_ask_is_told_so(kind: str) -> None:
    a_sender(name="LAB", application="LAB")
    lines = ("QPD|IHE PDVQ Query|T1|@PID.3.1^P1", "QRD|2030|R|I|Q1|||25^RD|P1|DEM")
    ack = send(msh(kind, application="LAB"), *lines)
    assert (ack.code, ack.condition, ack.field("PID", 3)) == ("AR", "103", "")
