"""Patient: valid R4, and says what it should."""

import pytest

from archive.patients.rules import Identifier
from integrations.fhir.resources.patient import GENDERS
from tests.integrations.fhir.conftest import Story
from tests.support.builders import a_patient
from tests.support.fhir import REQUIRED, read

pytestmark = pytest.mark.django_db


def test_a_patient(story: Story) -> None:
    found = read("Patient", story.patient.pk)
    assert found["identifier"][0]["value"] == "P1"
    assert found["identifier"][0]["system"] == "urn:id:GH"
    assert found["identifier"][0]["type"]["coding"][0]["code"] == "MR"
    assert found["name"] == [{"use": "official", "family": "DOE", "given": ["JANE"]}]
    assert (found["gender"], found["birthDate"], found["active"]) == ("female", "1970-01-01", True)


def test_a_name_in_three_scripts_is_three_names() -> None:
    row = a_patient(
        name="Yamada^Tarou^^Dr^Jr=山田^太郎=やまだ^たろう",
        identifiers=(Identifier(value="J1", issuer="1.2.392.1"),),
        sex="",
        birth_date=None,
    )
    found = read("Patient", row.pk)
    assert [name["family"] for name in found["name"]] == ["Yamada", "山田", "やまだ"]
    assert found["name"][0]["prefix"] == ["Dr"]
    assert found["name"][1]["extension"][0]["valueCode"] == "IDE"
    assert found["identifier"][0]["system"] == "urn:oid:1.2.392.1"
    assert found["gender"] == "unknown"
    assert "birthDate" not in found


def test_every_sex_of_ours_has_a_gender() -> None:
    assert set(GENDERS) == {"M", "F", "O"}
    assert set(GENDERS.values()) <= REQUIRED["Patient.gender"]
