"""Merging two patients by hand over REST, seeing before what it does, and taking it back."""

from __future__ import annotations

from datetime import date

import pytest

from archive.models import Patient, PatientMerge
from archive.patients.rules import Identifier, PatientFacts
from archive.patients.services import register_patient
from tests.support.builders import HIS, an_exam
from tests.support.callers import caller
from tests.support.mllp_door import a_receiver, a_site

pytestmark = pytest.mark.django_db


def a_patient(value: str, name: str = "DOE^JANE", **facts: object) -> Patient:
    identifiers = (Identifier(value=value, issuer="GH"),)
    told = PatientFacts(identifiers=identifiers, name=name, **facts)  # type: ignore[arg-type]
    return register_patient(facts=told, origin=HIS)


def test_a_preview_says_what_would_move_and_who_would_be_told_and_changes_nothing() -> None:
    a_site()
    a_receiver(port=7001, name="EMR", messages=["ADT^A40"])
    exam = an_exam()
    stays = a_patient("P9")
    shown = caller("admin").post(
        f"/api/patients/{stays.pk}/merge/?preview=1",
        {"loser": exam.patient_id},
        content_type="application/json",
    )
    assert shown.status_code == 200
    told = shown.json()
    assert (told["moves"]["exams"], told["moves"]["orders"]) == (1, 1)
    assert (told["told"], told["obstacle"]) == (["EMR"], "")
    assert not PatientMerge.objects.exists()


def test_a_merge_and_its_undoing() -> None:
    a_site()
    stays, goes = a_patient("P1"), a_patient("P2")
    admin = caller("admin")
    url = f"/api/patients/{stays.pk}/merge/"
    body = {"loser": goes.pk, "reason": "same person, two cards"}
    made = admin.post(url, body, content_type="application/json").json()
    assert (made["kind"], made["loser"]["id"]) == ("hand", str(goes.pk))
    assert made["moved"] == [
        {
            "undoing": False,
            "what": "patient",
            "id": str(goes.pk),
            "field": "survivor",
            "before": "",
            "after": str(stays.pk),
        }
    ]
    undo = f"/api/merges/{made['id']}/undo/"
    preview = admin.post(f"{undo}?preview=1", {}, content_type="application/json").json()
    assert (preview["patients"], preview["told"]) == ([str(goes.pk)], [])
    assert admin.post(undo, {}, content_type="application/json").status_code == 400
    done = admin.post(undo, {"reason": "twins"}, content_type="application/json").json()
    assert done["undo_reason"] == "twins"
    goes.refresh_from_db()
    assert (goes.survivor_id, goes.state) == (None, "active")
    assert admin.post(undo, {"reason": "x"}, content_type="application/json").status_code == 409
    listed = admin.get(f"/api/merges/?patient={goes.pk}").json()
    assert (listed["count"], listed["results"][0]["id"]) == (1, made["id"])


def test_two_who_look_different_are_merged_only_although() -> None:
    a_site()
    stays = a_patient("P1", sex="F", birth_date=date(1970, 1, 1))
    goes = a_patient("P2", "SMITH^BOB", sex="M", birth_date=date(1950, 5, 5))
    url = f"/api/patients/{stays.pk}/merge/"
    body = {"loser": goes.pk, "reason": "said so"}
    refused = caller("admin").post(url, body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "patients-look-different")
    asked = caller("admin").post(f"{url}?preview=1", body, content_type="application/json")
    assert len(asked.json()["differences"]) == 3
    done = caller("admin").post(url, body | {"although": True}, content_type="application/json")
    assert done.status_code == 200


@pytest.mark.parametrize("role", ["scheduler", "radiologist", "integrator", "referrer"])
def test_nobody_but_an_administrator_merges(role: str) -> None:
    a_site()
    stays, goes = a_patient("P1"), a_patient("P2")
    body = {"loser": goes.pk, "reason": "x"}
    answer = caller(role).post(
        f"/api/patients/{stays.pk}/merge/", body, content_type="application/json"
    )
    assert answer.status_code == 403
