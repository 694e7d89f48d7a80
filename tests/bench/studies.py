"""An archive with many studies of invented people: as rows of the hub, as objects for others."""

from __future__ import annotations

import struct
from dataclasses import asdict
from datetime import date, time, timedelta
from typing import Final

from django.db import connection

from archive.models import Instance, Patient, PatientIdentifier, Series, Study
from archive.patients.rules import name_forms, search_form
from pacs_hub.kernel import clock

ROOT: Final = "2.25.7000000"
OBJECT_ROOT: Final = f"{ROOT}.3"
CT: Final = "1.2.840.10008.5.1.4.1.1.2"
BATCH: Final = 5000
MODALITIES: Final = ("MR", "CR", "US", "XA", "DX", "MG", "NM", "PT", "RF", "OT")
PER_FAMILY: Final = 20
"""How many patients share a family name, and so how many studies a name prefix finds."""


def family(number: int) -> str:
    """Return the family name of patient `number`."""
    letters, rest = "", number // PER_FAMILY
    for _ in range(6):
        letters, rest = letters + "BDFGKLMNPRSTVWZ"[rest % 15] + "aeiou"[rest % 5], rest // 15
    return letters.capitalize()


def name(number: int) -> str:
    """Return the name of patient `number`."""
    return f"{family(number)}^Given{number % PER_FAMILY}"


def day(number: int, count: int) -> date:
    """Return the date of study `number` of `count`: they fill the days, 100 on each."""
    return date(2026, 1, 1) - timedelta(days=(count - number) // 100)


def modality(number: int) -> str:
    """Return the modality of study `number`: four times in five CT, seldom one of many others."""
    return "CT" if number % 5 else MODALITIES[number // 5 % len(MODALITIES)]


def data_set(number: int, count: int) -> bytes:
    """Return a tiny object of study `number` of `count`, in Implicit VR Little Endian."""
    at = day(number, count).strftime("%Y%m%d")
    values = {
        0x00080016: CT,
        0x00080018: f"{OBJECT_ROOT}.{number}",
        0x00080020: at,
        0x00080030: f"{8 + number % 10:02}{number % 60:02}00",
        0x00080050: f"ACC{number}",
        0x00080060: modality(number),
        0x00081030: "CT study",
        0x00100010: name(number),
        0x00100020: f"ID{number}",
        0x00100030: "19700101",
        0x00100040: "F",
        0x0020000D: f"{ROOT}.1.{number}",
        0x0020000E: f"{ROOT}.2.{number}",
        0x00200010: "S100",
        0x00200011: "1",
        0x00200013: "1",
    }
    out = b""
    for tag, text in values.items():
        value = text.encode("ascii")
        value += (b"\0" if text[0].isdigit() and "." in text else b" ") * (len(value) % 2)
        out += struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value
    return out


def fill_hub(count: int) -> None:
    """Put the rows of `count` settled studies into the database, and let it look at them."""
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        _objects(numbers, _studies(numbers, count, _patients(numbers)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _patients(numbers: range) -> list[Patient]:
    now = clock.now()
    patients = Patient.objects.bulk_create(
        Patient(
            name=name(n),
            **asdict(name_forms(name(n))),
            birth_date=date(1970, 1, 1),
            sex="F",
            state="provisional",
            created_at=now,
            updated_at=now,
        )
        for n in numbers
    )
    PatientIdentifier.objects.bulk_create(
        PatientIdentifier(patient=patient, value=f"ID{n}", issuer="GH")
        for n, patient in zip(numbers, patients, strict=True)
    )
    return patients


def _studies(numbers: range, count: int, patients: list[Patient]) -> list[Study]:
    now = clock.now()
    return Study.objects.bulk_create(
        Study(
            study_instance_uid=f"{ROOT}.1.{n}",
            patient=patient,
            patient_id_received=f"ID{n}",
            patient_name_received=name(n),
            name_search_received=search_form(name(n)),
            birth_date_received=date(1970, 1, 1),
            sex_received="F",
            accession_number=f"ACC{n}",
            study_id="S100",
            study_date=day(n, count),
            study_time=time(8 + n % 10, n % 60),
            description="CT study",
            modalities=modality(n),
            number_of_series=1,
            number_of_instances=1,
            state="received",
            door="dicom",
            correlation_id="bench",
            first_received_at=now,
            last_received_at=now,
            settled_at=now,
        )
        for n, patient in zip(numbers, patients, strict=True)
    )


def _objects(numbers: range, studies: list[Study]) -> None:
    series = Series.objects.bulk_create(
        Series(
            study=study,
            series_instance_uid=f"{ROOT}.2.{n}",
            modality=modality(n),
            series_number=1,
            number_of_instances=1,
        )
        for n, study in zip(numbers, studies, strict=True)
    )
    Instance.objects.bulk_create(
        Instance(
            study=row.study,
            series=row,
            sop_instance_uid=f"{OBJECT_ROOT}.{n}",
            sop_class_uid=CT,
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            instance_number=1,
            storage_key=f"{n}",
            size=1,
            sha256="",
            door="dicom",
            received_at=clock.now(),
        )
        for n, row in zip(numbers, series, strict=True)
    )
