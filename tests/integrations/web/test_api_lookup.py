"""The front desk looks people up in the hospital's index."""

from __future__ import annotations

import pytest
from django.test import Client

from integrations.hl7.message import Message
from pacs_hub.audit.models import AuditRow
from tests.support.callers import caller
from tests.support.mllp_door import a_receiver, a_site
from tests.support.peers.hospital import receiving

pytestmark = pytest.mark.django_db
PATH = "/api/patients/lookup/"


def jane(query: str) -> bytes:
    number = Message(query).get("MSH-10")
    return (
        f"MSH|^~\\&|MPI|GH|PACSHUB|GH|||RSP^K22^RSP_K21|1|P|2.5.1\rMSA|AA|{number}\r"
        "QAK|T|OK\rPID|||P1^^^GH^MR||DOE^JANE||19700101|F\r"
    ).encode()


def test_somebody_is_found_and_the_search_is_written_down() -> None:
    with receiving() as index:
        index.answer = jane
        a_site()
        a_receiver(port=index.port, name="MPI", messages=["QBP^Q22"])
        answer = caller("scheduler").get(PATH, {"family": "DOE", "birth_date": "1970-01-01"})
    assert answer.json() == {
        "candidates": [
            {
                "identifiers": [{"value": "P1", "issuer": "GH", "type": "MR"}],
                "name": "DOE^JANE",
                "birth_date": "1970-01-01",
                "sex": "F",
                "address": "",
                "phone": "",
                "account_number": "",
            }
        ],
        "more": False,
    }
    assert AuditRow.objects.filter(action="query", object_type="patient").count() == 1


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"family": "DOE"}, 404, "nobody-to-ask"),
        ({"kind": "identifiers"}, 404, "nobody-to-ask"),
        ({"kind": "tarot"}, 400, "wrong-value"),
        ({"birth_date": "yesterday"}, 400, "wrong-value"),
    ],
)
def test_what_goes_wrong_is_told_clearly(query: dict[str, str], status: int, code: str) -> None:
    a_site()
    answer = caller("scheduler").get(PATH, query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_index_that_is_away_is_503() -> None:
    a_site()
    a_receiver(port=1, name="MPI", messages=["QBP^Q22"])
    answer = caller("scheduler").get(PATH, {"family": "DOE"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no-answer")


@pytest.mark.parametrize("role", ["referrer", "billing", "auditor"])
def test_who_plans_no_exams_asks_nobody_elsewhere(role: str) -> None:
    a_site()
    answer = caller(role, provider_id="D7").get(PATH, {"family": "DOE"})
    assert answer.status_code == 403


def test_nobody_looks_without_signing_in() -> None:
    assert Client().get(PATH).status_code == 401
