"""Every field of the map, from the order as it is sent to what a modality is answered."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydicom import Dataset
from pydicom.sequence import Sequence

from integrations.hl7.inbox import services
from pacs_hub.kernel import clock
from pacs_hub.wiring.mllp import ROUTES
from tests.support.messages import joined, msh, pid
from tests.support.mllp_door import a_sender, a_site
from tests.support.peers.hospital import Ack
from worklist.models import Exam, ScheduledProcedureStep
from worklist.mwl.attributes import PATIENT, REQUEST, STEP
from worklist.mwl.identifiers import item_of, response_to
from worklist.mwl.keys import read_keys
from worklist.mwl.queries import steps_matching

pytestmark = pytest.mark.django_db
LONG = "Severe claustrophobia since childhood, sedation was needed for the last two examinations"


@pytest.fixture(autouse=True)
def _hospital() -> None:
    a_site()
    a_sender()


def send(*segments: str) -> Ack:
    raw = joined(*segments).encode()
    receipt = services.receive(raw=raw, address="127.0.0.1", routes=ROUTES)
    return Ack(receipt.answer or b"")


def everything(**step_keys: Any) -> Dataset:
    """Ask for every attribute the worklist knows."""
    keys = Dataset()
    for keyword in {**PATIENT, **REQUEST}:
        setattr(keys, keyword, None)
    step = Dataset()
    for keyword in STEP:
        setattr(step, keyword, step_keys.get(keyword))
    keys.ScheduledProcedureStepSequence = Sequence([step])
    return keys


def asked(identifier: Dataset) -> list[Dataset]:
    zone = ZoneInfo("Europe/Paris")
    steps = steps_matching(
        read_keys(identifier), zone=zone, now=clock.now(), default_issuer="GH", with_other_ids=True
    )
    items = [item_of(step, zone=zone, with_other_ids=True) for step in steps]
    return [response_to(identifier, item, character_set="ISO_IR 100") for item in items]


def fields(name: str, values: dict[int, str]) -> str:
    return "|".join([name, *(values.get(n, "") for n in range(1, max(values) + 1))])


def omi() -> list[str]:
    obr = {1: "1", 2: "P1^HIS", 4: "ORDER^Order^L", 12: "C^Carries a pacemaker^L", 13: LONG}
    obr |= {16: "D7^WELBY^MARCUS", 30: "WHLC", 31: "R10.4^Abdominal pain^I10"}
    obr |= {34: "R9&CURIE&MARIE", 44: "MRABD^MRI of the abdomen^99GH"}
    orc = {1: "NW", 2: "P1^HIS^1.2.3^ISO", 3: "F1^RIS^1.2.4^ISO", 4: "G1", 9: "20301124080000+0100"}
    orc |= {13: "^^^^^^^^Ward 7", 17: "SUR^Surgery^L", 28: "R^Restricted^HL70272"}
    return [
        msh("OMI^O23^OMI_O23"),
        pid(identifier="P1^^^GH^MR~N55^^^NHS^NH"),
        "NTE|1||Speaks only Breton",
        fields("PV1", {1: "1", 2: "I", 3: "W7^12^B", 8: "R1^HOUSE^GREGORY", 15: "B6", 16: "V^VIP"})
        + "|||V77^^^GHV"
        + "|" * 25
        + "20301123210000+0100",
        "AL1|1|DA|^Penicillin",
        "AL1|2|DA|^Iodinated contrast medium",
        fields("ORC", orc),
        "TQ1|1||||||20301124090000+0100||S",
        fields("OBR", obr),
        "NTE|1||Bring the old films",
        "NTE|2||Call first",
        "DG1|1||K35^Acute appendicitis^I10",
        "OBX|1|NM|29463-7^Body weight^LN||160|[lb_av]|||||F|||20301101",
        "OBX|2|NM|8302-2^Body height^LN||181|cm|||||F",
        "OBX|3|NM|3141-9^Weight^LN||70||||||F",
        "OBX|4|DT|8665-2^LMP^LN||20301101||||||F",
        "OBX|5|TX|55752-0^Clinical information^LN||Fever for two days||||||F",
        "IPC|A1^RIS^1.2.5^ISO|RP1|1.2.826.1|S1|MR|ABD^Abdomen^99GH~DIFF^Diffusion^99GH"
        "|^MR room 2|^Basement|MR1~MR2",
        "IPC|A1^RIS|RP1|1.2.826.1|S2|MR|PEL^Pelvis^99GH|||MR1",
    ]


def test_an_omi_is_on_the_worklist_with_all_it_brought() -> None:
    ack = send(*omi())
    assert ack.code == "AA", ack.text
    first, second = asked(everything(ScheduledStationAETitle="MR1"))
    step = first.ScheduledProcedureStepSequence[0]
    said = {
        "PatientID": "P1",
        "PatientWeight": "72.57",
        "PatientSize": "1.81",
        "PregnancyStatus": 3,
        "LastMenstrualDate": "20301101",
        "Allergies": ["Iodinated contrast medium", "Penicillin"],
        "PatientState": "Carries a pacemaker",
        "PatientComments": "Speaks only Breton",
        "ConfidentialityConstraintOnPatientDataDescription": "V",
        "AdmissionID": "V77",
        "RouteOfAdmissions": "I",
        "AdmittingDate": "20301123",
        "AdmittingTime": "210000",
        "CurrentPatientLocation": "W7 12 B",
        "InstitutionName": "Surgery",
        "InstitutionalDepartmentName": "Ward 7",
        "AdmittingDiagnosesDescription": "Acute appendicitis",
        "AccessionNumber": "A1",
        "RequestedProcedureID": "RP1",
        "StudyInstanceUID": "1.2.826.1",
        "RequestedProcedureDescription": "MRI of the abdomen",
        "ReasonForTheRequestedProcedure": "Abdominal pain",
        "RequestedProcedurePriority": "STAT",
        "RequestedProcedureComments": "Bring the old films\r\nCall first",
        "PatientTransportArrangements": "WHLC",
        "ConfidentialityCode": "Restricted",
        "ReferringPhysicianName": "HOUSE^GREGORY",
        "RequestingPhysician": "WELBY^MARCUS",
    }
    assert {name: first[name].value for name in said} == said
    assert first.MedicalAlerts[0] + " " + first.MedicalAlerts[1] == LONG
    assert first.MedicalAlerts[2] == "Fever for two days"
    other = first.OtherPatientIDsSequence[0]
    assert (other.PatientID, other.IssuerOfPatientID) == ("N55", "NHS")
    assert first.IssuerOfPatientIDQualifiersSequence[0].IdentifierTypeCode == "MR"
    issuer = first.IssuerOfAccessionNumberSequence[0]
    assert (issuer.LocalNamespaceEntityID, issuer.UniversalEntityID) == ("RIS", "1.2.5")
    assert first.OrderPlacerIdentifierSequence[0].UniversalEntityID == "1.2.3"
    assert first.IssuerOfAdmissionIDSequence[0].LocalNamespaceEntityID == "GHV"
    reason = first.ReasonForRequestedProcedureCodeSequence[0]
    assert (reason.CodeValue, reason.CodingSchemeDesignator) == ("R10.4", "I10")
    referrer = first.ReferringPhysicianIdentificationSequence[0]
    assert referrer.PersonIdentificationCodeSequence[0].CodeValue == "R1"
    assert list(step.ScheduledStationAETitle) == ["MR1", "MR2"]
    assert [c.CodeValue for c in step.ScheduledProtocolCodeSequence] == ["ABD", "DIFF"]
    assert (step.ScheduledStationName, step.ScheduledProcedureStepLocation) == (
        "MR room 2",
        "Basement",
    )
    assert (step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime) == (
        "20301124",
        "090000",
    )
    assert second.ScheduledProcedureStepSequence[0].ScheduledProcedureStepID == "S2"


def test_a_weight_without_a_unit_is_not_believed_and_the_sender_hears_of_it() -> None:
    assert b"the weight has no unit" in send(*omi()).raw


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({"ScheduledStationAETitle": "MR2"}, ["S1"]),
        ({"ScheduledStationAETitle": "MR3"}, []),
        ({"ScheduledStationAETitle": "MR1"}, ["S1", "S2"]),
    ],
)
def test_any_of_several_stations_finds_its_step(keys: dict[str, str], found: list[str]) -> None:
    send(*omi())
    steps = [a.ScheduledProcedureStepSequence[0] for a in asked(everything(**keys))]
    assert [s.ScheduledProcedureStepID for s in steps] == found


@pytest.mark.parametrize(("code", "found"), [("DIFF", 1), ("ABD", 1), ("DIF", 0)])
def test_any_protocol_code_finds_its_step(code: str, found: int) -> None:
    send(*omi())
    key = Dataset()
    key.CodeValue = code
    assert len(asked(everything(ScheduledProtocolCodeSequence=[key]))) == found


def test_an_orm_with_pairs_of_one_step_gives_it_both_protocols() -> None:
    def pair(number: int, step: str, protocol: str) -> list[str]:
        obr = {1: str(number), 2: "P1", 4: f"CTHEAD^CT head^L^{protocol}^Protocol^L"}
        obr |= {18: "A1", 19: "RP1", 20: step, 24: "CT", 5: "S", 27: "^^^20301124090000"}
        return ["ORC|NW|P1", fields("OBR", obr)]

    ack = send(
        msh("ORM^O01", version="2.3.1"),
        pid(),
        *pair(1, "S1", "PLAIN"),
        *pair(2, "S1", "CONTRAST"),
        *pair(3, "S2", "PERF"),
        "ZDS|1.2.3.4^100^Application^DICOM",
    )
    assert ack.code == "AA", ack.text
    steps = ScheduledProcedureStep.objects.order_by("pk")
    assert [s.scheduled_procedure_step_id for s in steps] == ["S1", "S2"]
    assert [c["value"] for c in steps[0].more_protocols] == ["CONTRAST"]
    assert Exam.objects.get().study_instance_uid == "1.2.3.4"
    first, _ = asked(everything())
    assert first.RequestedProcedurePriority == "STAT"
    codes = first.ScheduledProcedureStepSequence[0].ScheduledProtocolCodeSequence
    assert [(c.CodeValue, c.CodingSchemeDesignator) for c in codes] == [
        ("PLAIN", "99L"),
        ("CONTRAST", "99L"),
    ]


def test_the_null_value_empties_a_field_and_an_absent_one_leaves_it() -> None:
    send(*omi())
    changed = [s.replace("ORC|NW", "ORC|XO").replace("WHLC", '""') for s in omi()]
    changed = [s.replace("Ward 7", "").replace("20301124080000", "20301124081000") for s in changed]
    assert send(*[msh("OMI^O23^OMI_O23"), *changed[1:]]).code == "AA"
    answer = asked(everything())[0]
    assert answer.PatientTransportArrangements in ("", None)
    assert answer.InstitutionalDepartmentName == "Ward 7"
