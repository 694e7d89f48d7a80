"""Who somebody is, asked as IHE has it: every answer, every refusal, and the audit row of each."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.patients.rules import UNIDENTIFIED, Identifier
from integrations.hl7.inbox import services
from pacs_hub.audit.models import AuditRow
from pacs_hub.wiring.mllp import ROUTES
from tests.support.builders import a_patient
from tests.support.messages import joined, msh
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender(options={"queries": True, "wildcards": True})
    mine = (Identifier(value="P1", issuer="GH"), Identifier(value="N1", issuer="NHS"))
    a_patient(identifiers=mine, account_number="ACC1")
    other = (Identifier(value="P2", issuer="GH"),)
    a_patient(identifiers=other, name="DOERING^JANE", account_number="ACC2")
    nobody = (Identifier(value="X1", issuer=UNIDENTIFIED),)
    a_patient(identifiers=nobody, name="DOE^JANE", account_number="")


def send(*segments: str) -> Ack:
    raw = joined(*segments).encode()
    receipt = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def pdq(*demands: str, limit: str = "", after: str = "", domains: str = "") -> Ack:
    segments = [
        msh("QBP^Q22^QBP_Q21"),
        f"QPD|IHE PDQ Query|T1|{'~'.join(demands)}|||||{domains}",
        f"RCP|I|{limit}^RD",
    ]
    return send(*segments, *([f"DSC|{after}|I"] if after else []))


def pix(identifier: str, wanted: str = "") -> Ack:
    return send(msh("QBP^Q23^QBP_Q21"), f"QPD|IHE PIX Query|T1|{identifier}|{wanted}", "RCP|I")


def found(ack: Ack) -> list[str]:
    segments = ack.raw.decode().split("\r")
    return [line.split("|")[3].split("^")[0] for line in segments if line.startswith("PID|")]


@pytest.mark.parametrize(
    ("demands", "people"),
    [
        (["@PID.3.1^P1"], ["P1"]),
        (["@PID.3.1^P1", "@PID.3.4.1^GH"], ["P1"]),
        (["@PID.3.1^P1", "@PID.3.4.1^NHS"], []),
        (["@PID.5.1.1^doe"], ["P1"]),
        (["@PID.5.1.1^DOE*"], ["P1", "P2"]),
        (["@PID.5.1.1^DOE", "@PID.5.2^JANE"], ["P1"]),
        (["@PID.5.1.1^DOE", "@PID.5.2^JACK"], []),
        (["@PID.7^19700101", "@PID.8^F"], ["P1", "P2"]),
        (["@PID.7^1970"], ["P1", "P2"]),
        (["@PID.7^1971"], []),
        (["@PID.18^ACC2"], ["P2"]),
    ],
)
def test_people_are_found_by_what_is_known_of_them(demands: list[str], people: list[str]) -> None:
    ack = pdq(*demands)
    assert (ack.code, ack.field("MSH", 9)) == ("AA", "RSP^K22^RSP_K21")
    assert ack.field("QAK", 2) == ("OK" if people else "NF")
    assert (ack.field("QAK", 1), ack.field("QPD", 2)) == ("T1", "T1")
    assert found(ack) == people


def test_the_answer_says_who_they_are() -> None:
    ack = pdq("@PID.3.1^P1")
    assert ack.field("PID", 3) == "P1^^^GH^MR~N1^^^NHS^MR"
    assert ack.field("PID", 5).startswith("DOE^JANE^")
    assert (ack.field("PID", 7), ack.field("PID", 8)) == ("19700101", "F")


def test_only_identifiers_of_the_domains_that_are_asked_for_are_told() -> None:
    ack = pdq("@PID.5.1.1^DOE*", domains="^^^NHS")
    assert ack.field("PID", 3) == "N1^^^NHS^MR"
    assert len(found(ack)) == 1


def test_an_unknown_domain_is_said_so() -> None:
    ack = pdq("@PID.5.1.1^DOE", domains="^^^GH~^^^MARS")
    assert (ack.code, ack.condition, ack.field("QAK", 2)) == ("AE", "204", "AE")
    assert ack.place == "QPD^1^8^2"


def test_the_rest_comes_with_the_pointer_of_the_part_before() -> None:
    first = pdq("@PID.5.1.1^DOE*", limit="1")
    assert found(first) == ["P1"]
    second = pdq("@PID.5.1.1^DOE*", limit="1", after=first.field("DSC", 1))
    assert (found(second), second.field("DSC", 1)) == (["P2"], "")
    assert send(msh("QCN^J01^QCN_J01"), "QID|T1|Q22").code == "AA"


@pytest.mark.parametrize(
    ("demands", "condition"),
    [
        ([], "101"),
        (["@PID.8^F"], "102"),
        (["@PID.5.2^JANE"], "102"),
        (["@PID.11.3^PARIS", "@PID.5.1.1^DOE"], "103"),
        (["@PID.7^soon"], "102"),
    ],
)
def test_what_cannot_be_looked_for_is_refused(demands: list[str], condition: str) -> None:
    ack = pdq(*demands)
    assert (ack.code, ack.condition, ack.place) == ("AE", condition, "QPD^1^3")


@pytest.mark.parametrize(
    ("identifier", "wanted", "code", "status", "told"),
    [
        ("P1^^^GH", "", "AA", "OK", "N1^^^NHS^MR"),
        ("P1^^^GH", "^^^NHS", "AA", "OK", "N1^^^NHS^MR"),
        ("N1^^^NHS", "^^^GH", "AA", "OK", "P1^^^GH^MR"),
        ("P2^^^GH", "^^^NHS", "AA", "NF", ""),
        ("P2^^^GH", "", "AA", "NF", ""),
    ],
)
def test_the_other_identifiers_of_a_patient(
    identifier: str, wanted: str, code: str, status: str, told: str
) -> None:
    ack = pix(identifier, wanted)
    assert (ack.code, ack.field("MSH", 9)) == (code, "RSP^K23^RSP_K23")
    assert (ack.field("QAK", 2), ack.field("PID", 3)) == (status, told)


@pytest.mark.parametrize(
    ("identifier", "wanted", "place"),
    [
        ("P9^^^GH", "", "QPD^1^3^1^1"),
        ("P1^^^MARS", "", "QPD^1^3^1^4"),
        ("P1", "", "QPD^1^3^1^4"),
        ("X1^^^UNIDENTIFIED", "", "QPD^1^3^1^4"),
        ("P1^^^GH", "^^^MARS", "QPD^1^4^1"),
        ("P1^^^GH", "^^^NHS~^^^MARS", "QPD^1^4^2"),
    ],
)
def test_what_is_unknown_is_said_with_its_place(identifier: str, wanted: str, place: str) -> None:
    ack = pix(identifier, wanted)
    assert (ack.code, ack.condition, ack.field("QAK", 2)) == ("AE", "204", "AE")
    assert ack.place == place


def test_a_link_that_may_not_ask_is_told_so_and_nothing_else() -> None:
    a_sender(name="LAB", application="LAB")
    header = msh("QBP^Q22^QBP_Q21", application="LAB")
    ack = send(header, "QPD|IHE PDQ Query|T1|@PID.3.1^P1", "RCP|I")
    assert (ack.code, ack.condition, ack.field("QAK", 2)) == ("AR", "103", "AR")
    assert found(ack) == []


def test_every_question_is_in_the_audit_trail_without_names() -> None:
    pdq("@PID.5.1.1^DOE*")
    pix("P9^^^GH")
    rows = AuditRow.objects.filter(action="query").order_by("pk")
    assert [(row.object_id, row.detail) for row in rows] == [
        ("PDQ", "2 people told"),
        ("PIX", "QPD-3.1: nobody here has this"),
    ]


def test_the_number_of_questions_to_the_database_does_not_grow_with_the_answer() -> None:
    with CaptureQueriesContext(connection) as few:
        pdq("@PID.3.1^P1")
    for number in range(20):
        a_patient(identifiers=(Identifier(value=f"M{number}", issuer="GH"),), name="DOE^MANY")
    with CaptureQueriesContext(connection) as many:
        assert len(found(pdq("@PID.5.1.1^DOE"))) == 21
    assert len(many) <= len(few) + 1
