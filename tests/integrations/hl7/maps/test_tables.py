"""Code tables hold DICOM terms and nothing that DICOM cannot say."""

from __future__ import annotations

import pytest

from integrations.hl7.maps import tables


@pytest.mark.parametrize(
    ("sent", "modality"),
    [("CT", "CT"), ("NMR", "MR"), ("RUS", "US"), ("xrc", "XA"), ("RAD", ""), ("LAB", ""), ("", "")],
)
def test_modalities(sent: str, modality: str) -> None:
    assert tables.modality(sent) == modality


def test_every_section_maps_to_a_modality_of_dicom() -> None:
    assert set(tables.DIAGNOSTIC_SERVICE.values()) <= tables.MODALITIES
    assert all(len(term) <= 16 for term in tables.MODALITIES)


def test_sexes_are_those_of_dicom() -> None:
    assert set(tables.SEX.values()) == {"M", "F", "O"}
