"""What is kept of a patient beside who they are, as real senders write it."""

from __future__ import annotations

from datetime import UTC, time
from typing import Any

import pytest

from archive.patients.rules import PatientDetails
from integrations.hl7.maps.names import PatientNames
from integrations.hl7.maps.pid2details import patient_details
from integrations.hl7.message import Message


def details(fields: dict[int, str], *segments: str) -> PatientDetails:
    person = "PID|" + "|".join(fields.get(n, "") for n in range(1, 40))
    message = Message("\r".join(["MSH|^~\\&|A", person, *segments]) + "\r")
    return patient_details(message, PatientNames(), zone=UTC)


@pytest.mark.parametrize(
    ("field", "sent", "ours", "kept"),
    [
        (6, "SMITH^ANN", "mother_birth_name", "SMITH^ANN"),
        (6, '""', "mother_birth_name", ""),
        (7, "197001011530", "birth_time", time(15, 30)),
        (7, "19700101153045.5+0100", "birth_time", time(15, 30, 45)),
        (7, "19700101000000", "birth_time", None),
        (7, "197001019999", "birth_time", None),
        (
            11,
            "1 High St^^York~2 Low St",
            "addresses",
            ({"street": "1 High St", "city": "York"}, {"street": "2 Low St"}),
        ),
        (11, '""', "addresses", ()),
        (11, "", "addresses", None),
        (
            13,
            "(555)555-2004^PRN^PH",
            "phones",
            ({"number": "(555)555-2004", "use": "PRN", "kind": "PH"},),
        ),
        (
            13,
            "^PRN^PH^^1^313^5552004^12",
            "phones",
            ({"number": "+1 313 5552004 ext. 12", "use": "PRN", "kind": "PH"},),
        ),
        (
            13,
            "^NET^Internet^a@b.example",
            "phones",
            ({"use": "NET", "kind": "Internet", "email": "a@b.example"},),
        ),
        (14, "555", "work_phones", ({"number": "555"},)),
        (15, "de^German^ISO639", "language", "de"),
        (16, "M", "marital_status", "M"),
        (16, '""', "marital_status", ""),
        (29, "soon", "died_at", None),
    ],
)
def test_a_field(field: int, sent: str, ours: str, kept: Any) -> None:
    assert getattr(details({field: sent}), ours) == kept


def test_a_moment_that_is_cleared_is_named() -> None:
    found = details({7: '""', 29: '""'})
    assert found.clears == {"birth_time", "died_at"}
    assert found.said() == {"birth_time": None, "died_at": None}


def test_allergies_are_one_list_of_al1_and_iam_without_what_is_deleted() -> None:
    found = details(
        {},
        "AL1|1|DA|70618^Penicillin^RXN|SV|hives~rash",
        "AL1|2|DA|70618^Penicillin^RXN|SV|hives",
        "AL1|3|MA",
        "IAM|1|MA^Contrast|IOD^Iodine^L|MO|rash|A",
        "IAM|2|FA|^Nuts|||D",
    )
    assert found.allergies == (
        {
            "code": "70618",
            "text": "Penicillin",
            "scheme": "RXN",
            "type": "DA",
            "severity": "SV",
            "reaction": "hives",
        },
        {
            "code": "IOD",
            "text": "Iodine",
            "scheme": "L",
            "type": "MA",
            "severity": "MO",
            "reaction": "rash",
        },
    )
    assert details({}).allergies is None


def test_notes_are_those_behind_the_patient_and_not_those_behind_an_order() -> None:
    found = details({}, "PD1", "NTE|1||deaf~in one ear", "NTE|2||tall", "ORC|NW", "NTE|1||urgent")
    assert found.comments == "deaf\nin one ear\ntall"
    assert details({}, 'NTE|1||""').comments == ""
    assert details({}, "ORC|NW", "NTE|1||urgent").comments is None
