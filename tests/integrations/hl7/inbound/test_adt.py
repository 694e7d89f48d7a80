"""What ADT messages do to a patient: registered, updated, stale, cleared, found again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.models import Patient, PatientIdentifier
from integrations.hl7.inbox import services
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.access.models import Hl7Peer
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import adt, joined, msh, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack

pytestmark = pytest.mark.django_db

LATER, EARLIER = "20261124100000+0000", "20261124080000+0000"


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()


def send(message: str) -> Ack:
    receipt = services.receive(raw=message.encode(), address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def words(answer: Ack) -> str:
    return answer.raw.decode()


def person(event: str = "A31", *, at: str = "", **fields: str) -> str:
    return joined(msh(f"ADT^{event}"), f"EVN|{event}|{at or '20261124090000+0000'}", pid(**fields))


def patient() -> Patient:
    return Patient.objects.get()


@pytest.mark.parametrize("event", ["A01", "A04", "A05", "A08", "A28", "A31"])
def test_each_event_registers_and_the_same_again_is_an_update(event: str) -> None:
    assert send(adt(event)).code == "AA"
    assert send(adt(event)).code == "AA"
    assert (patient().name, patient().birth_date) == ("DOE^JANE", date(1970, 1, 1))


def test_all_of_a_pid_is_kept_and_the_social_security_number_is_not() -> None:
    fields = {
        3: "P1^^^GH&1.2.3&ISO^MR",
        5: "DOE^JANE^^^^^L~ROE^JANE^^^^^M",
        6: "SMITH^ANN",
        7: "197001011530",
        8: "F",
        9: "JANIE",
        11: "1 High St&High St&1^Flat 2^York^^YO1^GB^H",
        13: "^PRN^PH^^44^1904^123~^NET^Internet^jane@example.org",
        14: "555",
        15: "en",
        16: "M",
        18: "ACC1",
        19: "123-45-6789",
        29: "20261101",
    }
    segment = "PID|" + "|".join(fields.get(n, "") for n in range(1, 31))
    send(
        joined(
            msh("ADT^A28"),
            "EVN||20261124",
            segment,
            "NTE|1||uses a hearing aid",
            "AL1|1|DA|70618^Penicillin^RXN|SV|hives",
            "IAM|1|DA|X^Iodine^L|MO|rash|D",
        )
    )
    row = patient()
    assert row.other_names == [{"name": "ROE^JANE", "type": "M"}, {"name": "JANIE", "type": ""}]
    assert (row.mother_birth_name, row.birth_time) == ("SMITH^ANN", time(15, 30))
    assert row.addresses == [
        {
            "street": "1 High St",
            "other": "Flat 2",
            "city": "York",
            "postal_code": "YO1",
            "country": "GB",
            "type": "H",
        }
    ]
    assert [each.get("number") for each in row.phones] == ["+44 1904 123", None]
    assert row.phones[1]["email"] == "jane@example.org"
    assert row.work_phones == [{"number": "555"}]
    assert (row.language, row.marital_status, row.comments) == ("en", "M", "uses a hearing aid")
    assert row.died_at == datetime(2026, 10, 31, 23, tzinfo=UTC)  # Paris
    assert row.allergies == [
        {
            "code": "70618",
            "text": "Penicillin",
            "scheme": "RXN",
            "type": "DA",
            "severity": "SV",
            "reaction": "hives",
        }
    ]
    assert "123-45-6789" not in str(vars(row))
    known = PatientIdentifier.objects.get()
    assert (known.issuer, known.universal_id, known.universal_id_type) == ("GH", "1.2.3", "ISO")


def test_absent_leaves_null_clears_and_an_identifier_or_a_name_is_never_cleared() -> None:
    send(person("A28"))
    send(person(born="", sex="", account="", at=LATER))
    assert (patient().sex, patient().account_number) == ("F", "ACC1")
    answer = send(
        person(
            name='""',
            born='""',
            sex='""',
            account='""',
            identifier='P1^^^GH~""',
            at="20261124110000+0000",
        )
    )
    row = patient()
    assert (row.birth_date, row.sex, row.account_number, row.name) == (None, "", "", "DOE^JANE")
    assert answer.code == "AA"
    assert words(answer).count("cannot be cleared") == 3  # MSA-3 says the first again


def test_a_year_of_birth_is_kept_as_what_it_is() -> None:
    send(person("A28", born="1970"))
    assert (patient().birth_date, patient().birth_date_partial) == (None, "1970")
    send(person(born="19700203", at=LATER))
    send(person(born="197002", at="20261124110000+0000"))
    assert (patient().birth_date, patient().birth_date_partial) == (date(1970, 2, 3), "")


def test_what_is_older_than_what_the_same_system_told_changes_nothing() -> None:
    send(person("A28", at=LATER))
    answer = send(person(name="OLD^NAME", at=EARLIER))
    assert patient().name == "DOE^JANE"
    assert answer.code == "AA"
    assert "older than what this system told" in words(answer)


def test_the_clocks_of_two_systems_are_not_compared() -> None:
    a_sender(name="EMR", application="EMR")
    send(person("A28", at=LATER))
    send(joined(msh("ADT^A31", application="EMR"), f"EVN||{EARLIER}", pid(name="ROE^JANE")))
    assert patient().name == "ROE^JANE"


def test_a_late_event_still_adds_an_identifier() -> None:
    send(person("A28", at=LATER))
    send(person(identifier="P1^^^GH~N7^^^NHS", at=EARLIER))
    assert {i.value for i in patient().identifiers.all()} == {"P1", "N7"}


def test_an_authority_is_one_by_its_namespace_or_its_universal_id() -> None:
    send(person("A28", identifier="P1^^^GH&1.2.3&ISO"))
    send(person(identifier="P1^^^&1.2.3&ISO", name="ROE^JANE", at=LATER))
    assert patient().name == "ROE^JANE"


@pytest.mark.parametrize("event", ["A08", "A31"])
def test_an_update_of_nobody_is_refused_where_the_link_says_so(event: str) -> None:
    Hl7Peer.objects.update(options={"create_on_update": False})
    answer = send(person(event))
    assert (answer.code, answer.condition) == ("AE", "204")
    assert not Patient.objects.exists()


def test_an_update_of_nobody_registers_them_and_says_so() -> None:
    assert "registered" in words(send(person("A31")))


def test_what_is_missing_is_remarked_on() -> None:
    answer = send(joined(msh("ADT^A28"), "EVN|A28", pid(born="", sex="")))
    assert answer.code == "AA"
    assert all(path in words(answer) for path in ("EVN-2", "PID-7", "PID-8"))


def test_an_update_that_changes_nothing_costs_little() -> None:
    send(person("A28"))
    send(person("A31", at="20261124091500+0000"))
    with CaptureQueriesContext(connection) as asked:
        send(person("A31", at=LATER))
    ours = [q["sql"] for q in asked if "archive_patient" in q["sql"]]
    assert len(ours) <= 4, ours  # identifiers, patient, lane (PostgreSQL), clock of the sender
    assert InboundMessage.objects.filter(processing_state="processed").count() == 3
