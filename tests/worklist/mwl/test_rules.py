"""What a station may see, and queries as they are kept."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from pydicom import Dataset

from worklist.mwl import rules
from worklist.mwl.keys import read_keys

TODAY = date(2026, 11, 24)


def identifier(step: dict[str, str] | None = None, **root: str) -> Dataset:
    """Return an identifier with these keys."""
    item, whole = Dataset(), Dataset()
    for keyword, value in (step or {}).items():
        setattr(item, keyword, value)
    whole.ScheduledProcedureStepSequence = [item]
    for keyword, value in root.items():
        setattr(whole, keyword, value)
    return whole


def with_code() -> Dataset:
    """Return an identifier that asks for a procedure."""
    whole, item = identifier(), Dataset()
    item.CodeValue, item.CodingSchemeDesignator = "CTHEAD", "L"
    whole.RequestedProcedureCodeSequence = [item]
    return whole


@pytest.mark.parametrize(
    "asked",
    [
        identifier(),
        identifier({"ScheduledStationAETitle": "CT1\\CT2", "Modality": "CT"}),
        identifier({"ScheduledProcedureStepStartDate": "20261120-20261201"}),
        identifier({"ScheduledProcedureStepStartDate": "20261124-"}),
        identifier({"ScheduledProcedureStepStartTime": "0800-1200"}),
        identifier({"ScheduledPerformingPhysicianName": "SM?TH*"}),
        identifier(PatientName="Müller*", PatientBirthDate="19700101", PatientSex="F"),
        identifier(AccessionNumber="A1", PatientID="P*"),
        with_code(),
    ],
)
def test_a_kept_query_says_the_same_as_before(asked: Dataset) -> None:
    keys = read_keys(asked)
    assert rules.restored(rules.kept(keys, today=TODAY), today=TODAY) == keys


def test_a_console_that_asks_for_its_day_asks_for_the_same_every_day() -> None:
    signatures = set()
    for number in range(3):
        day = TODAY + timedelta(days=number)
        keys = read_keys(identifier({"ScheduledProcedureStepStartDate": f"{day:%Y%m%d}"}))
        signatures.add(rules.signature(rules.kept(keys, today=day)))
    assert len(signatures) == 1


def test_a_barcode_never_takes_the_place_of_a_consoles_own_list() -> None:
    own = {rules.slot({"station_ae_title": {"any": [f"CT{n}"]}}) for n in range(50)}
    somebody = {rules.slot({"accession_number": {"is": f"A{n}"}}) for n in range(50)}
    assert own <= set(range(rules.SLOTS))
    assert somebody <= set(range(rules.SLOTS, 2 * rules.SLOTS))


def test_a_station_overrides_what_the_site_says_of_all() -> None:
    view = rules.view_of(
        {"expires_after_days": 3, "keep_started": True}, {"days_before": 0, "codes": ["CTHEAD"]}
    )
    assert (view.expires_after_days, view.keep_started, view.codes) == (3, True, ("CTHEAD",))
    assert rules.view_of({}, {"keep_started": False}) == rules.EVERYTHING


def test_what_nearly_every_console_asks_for_is_its_own_day() -> None:
    keys = rules.restored(rules.usual_keys("CT1"), today=TODAY)
    own = {"ScheduledStationAETitle": "CT1", "ScheduledProcedureStepStartDate": "20261124"}
    assert keys == read_keys(identifier(own))
    assert not rules.is_open(keys.station_ae_title)
    assert rules.is_open(keys.protocol_code)
