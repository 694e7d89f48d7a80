"""Names in nine scripts come in by HL7 and leave for devices, receivers and FHIR unharmed.

What a character set cannot hold leaves as Unicode and says so where it goes, and where people look.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from pydicom import Dataset
from pytest_django import Settings

from archive.models import Patient
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.services import receive
from integrations.hl7.outbound.models import OutboundMessage
from integrations.hl7.outbound.services import Teller, queue_patient
from pacs_hub.kernel import clock
from tests.support.builders import a_procedure, a_station
from tests.support.callers import caller
from tests.support.dicom_door import dicom_peer, open_door
from tests.support.fhir import read
from tests.support.messages import msh, orm_o01, pid
from tests.support.mllp_door import a_receiver, a_sender
from tests.support.peers.hospital import receiving
from tests.support.peers.modality import Modality
from tests.support.scheduled import tomorrow
from tests.support.sending import send

pytestmark = pytest.mark.django_db(transaction=True)
UTF_8: Final = ("UNICODE UTF-8", "utf-8")


@dataclass(frozen=True, kw_only=True)
class Script:
    """A name, and the character sets its hospitals use: of HL7 (with a codec), of their devices."""

    name: str  # as DICOM writes it: alphabetic=ideographic=phonetic
    hl7: tuple[str, str] = UTF_8
    device: str = "ISO_IR 192"


SCRIPTS: Final[dict[str, Script]] = {
    "latin": Script(name="Müller^Jörg", hl7=("8859/1", "iso8859-1"), device="ISO_IR 100"),
    "czech": Script(name="Dvořák^Jiří", hl7=("8859/2", "iso8859-2"), device="ISO_IR 101"),
    "cyrillic": Script(name="Иванов^Иван", hl7=("8859/5", "iso8859-5"), device="ISO_IR 144"),
    "greek": Script(name="Παπαδόπουλος^Γιώργος", hl7=("8859/7", "iso8859-7"), device="ISO_IR 126"),
    "arabic": Script(name="قباني^نزار", hl7=("8859/6", "iso8859-6"), device="ISO_IR 127"),
    "hebrew": Script(name="שרון^דבורה", hl7=("8859/8", "iso8859-8"), device="ISO_IR 138"),
    "thai": Script(name="ใจดี^สมชาย", device="ISO_IR 166"),  # not in HL7 table 0211
    "chinese": Script(
        name="Wang^XiaoDong=王^小东", hl7=("GB 18030-2000", "gb18030"), device="GB18030"
    ),
    "japanese": Script(
        name="Yamada^Tarou=山田^太郎=やまだ^たろう",
        hl7=("~ISO IR87", "iso2022_jp"),
        device="\\ISO 2022 IR 87",
    ),
    "korean": Script(
        name="Hong^Gildong=洪^吉洞=홍^길동",
        hl7=("KS X 1001", "euc_kr"),
        device="\\ISO 2022 IR 149",
    ),
}
USUAL_AND_UTF_8: Final = [
    (script, sets)
    for script, facts in SCRIPTS.items()
    for sets in dict.fromkeys((facts.hl7, UTF_8))
]


def in_hl7(name: str) -> str:
    """Return PID-5: a repetition for each group, which XPN-8 names."""
    groups = zip(name.split("="), "AIP", strict=False)
    return "~".join(f"{group}^^^^^L^{code}" for group, code in groups if group)


def arrives(name: str, sets: tuple[str, str]) -> Patient:
    """Send an order of somebody of this name, in a character set, and return the patient."""
    named, codec = sets
    text = orm_o01(
        header=msh("ORM^O01^ORM_O01", rest=f"||||||{named}"),
        person=pid(name=in_hl7(name)),
        start=f"{tomorrow():%Y%m%d%H%M%S}+0000",
    )
    answer = receive(raw=text.encode(codec), address="127.0.0.1", routes=routes()).answer
    assert answer is not None
    assert b"MSA|AA" in answer, answer
    return Patient.objects.get()


def on_the_worklist(port: int) -> Dataset:
    """Return the item of the only patient there is."""
    query = Dataset()
    query.PatientID = "P1"
    query.PatientName = ""
    _, (item,) = Modality(port).worklist(query)
    return item


def leaves(patient: Patient, *, sets: tuple[str, str]) -> str:
    """Tell a receiver of the patient, and return PID-5 as it reads it."""
    with receiving() as receiver:
        a_receiver(port=receiver.port, messages=["ADT^A31"], character_set=sets[0])
        queue_patient(patient_id=patient.pk, at=clock.now(), correlation_id="c1", told_by=Teller())
        send()
    (raw,) = receiver.raw
    text = raw.decode(sets[1])
    assert text.split("|")[17].split("\r")[0] == sets[0], "MSH-18 says so"
    return text.split("\rPID|")[1].split("|")[4]


def by_group(field: str) -> list[str]:
    """Return family and given name of each repetition of PID-5."""
    return ["^".join(each.split("^")[:2]) for each in field.split("~")]


def in_fhir(patient: Patient) -> list[str]:
    """Return family and given name of each name of the resource."""
    return [f"{n['family']}^{n['given'][0]}" for n in read("Patient", patient.pk)["name"]]


def same(found: list[str], name: str) -> bool:
    return [unicodedata.normalize("NFC", each) for each in found] == name.split("=")


@pytest.mark.parametrize(("script", "sets"), USUAL_AND_UTF_8, ids=str)
def test_a_name_comes_in_and_leaves_unharmed(
    settings: Settings, tmp_path: Path, script: str, sets: tuple[str, str]
) -> None:
    facts = SCRIPTS[script]
    with open_door(settings, tmp_path, dicom_peer(character_set=facts.device)) as port:
        a_sender(), a_procedure(), a_station()
        patient = arrives(facts.name, sets)
        item = on_the_worklist(port)
    assert same(str(item.PatientName).split("="), facts.name)
    told = item.SpecificCharacterSet
    assert (told if isinstance(told, str) else "\\".join(told)) == facts.device
    assert same(by_group(leaves(patient, sets=sets)), facts.name)
    assert same(in_fhir(patient), facts.name)


@pytest.mark.parametrize("script", sorted(set(SCRIPTS) - {"latin"}))
def test_what_a_set_does_not_hold_is_never_lost_in_silence(
    settings: Settings, tmp_path: Path, script: str
) -> None:
    facts = SCRIPTS[script]
    with open_door(settings, tmp_path, dicom_peer(character_set="ISO_IR 100")) as port:
        a_sender(), a_procedure(), a_station()
        patient = arrives(facts.name, UTF_8)
        item = on_the_worklist(port)
    assert item.SpecificCharacterSet == "ISO_IR 192"
    assert same(str(item.PatientName).split("="), facts.name)
    a_receiver(port=1, messages=["ADT^A31"], character_set="8859/1")
    queue_patient(patient_id=patient.pk, at=clock.now(), correlation_id="c1", told_by=Teller())
    row = OutboundMessage.objects.get()
    assert (row.conversion["wanted"], row.conversion["used"]) == ("8859/1", "UNICODE UTF-8")
    assert row.conversion["fields"]["PID-5"] > 0
    page = caller("integrator").get(f"/messages/out/{row.pk}/").content.decode()
    assert "8859/1 does not hold characters of PID-5" in page
