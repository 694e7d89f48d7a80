"""One exam on the table of a simulated scanner, for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime

from pacs_hub.demo.cases import PROCEDURES
from pacs_hub.demo.objects.image import Exposure
from pacs_hub.demo.worklist_item import WorklistItem, fresh_uid

STUDY_WITHOUT_FINDING = "2.25.8"
STUDY_WITH_FINDING = "2.25.2"


def an_exposure(procedure_code: str, *, study_instance_uid: str = "") -> Exposure:
    """Return an exam of an invented patient whose name needs three scripts."""
    item = WorklistItem(
        patient_name="Mihon^Tarō=見本^太郎=みほん^たろう",
        patient_id="M261124000001",
        issuer_of_patient_id="GH",
        patient_birth_date="19700131",
        patient_sex="F",
        study_instance_uid=study_instance_uid or fresh_uid(),
        accession_number="S261124000001",
        requested_procedure_id="S261124000001",
        procedure_code=procedure_code,
        procedure_scheme="L",
        procedure_name=str(PROCEDURES[procedure_code]["name"]),
        modality=str(PROCEDURES[procedure_code]["modality"]),
        scheduled_procedure_step_id="S261124000001-1",
        referring_physician_name="Referente^Giulia^^Dr",
    )
    return Exposure(
        item=item,
        station_ae_title="CT1",
        station_name="CT room 1",
        manufacturer="Simulated Imaging",
        model="Phantom",
        institution="General Hospital (simulated)",
        started_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
        mpps_uid=fresh_uid(),
    )
