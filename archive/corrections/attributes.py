"""Which attributes a correction may touch, and whether it says sensible things of them; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydicom import Dataset
from pydicom.config import RAISE
from pydicom.datadict import dictionary_VR
from pydicom.valuerep import validate_value

from archive.dicom.json_model import Json
from pacs_hub.kernel.errors import Malformed

PATIENT_NAME: Final = "00100010"
PATIENT_ID: Final = "00100020"
ISSUER_OF_PATIENT_ID: Final = "00100021"
PATIENT_BIRTH_DATE: Final = "00100030"
PATIENT_SEX: Final = "00100040"
OTHER_PATIENT_IDS: Final = "00101000"
OTHER_PATIENT_IDS_SEQUENCE: Final = "00101002"
IDENTITY_TAGS: Final = frozenset(
    {
        PATIENT_NAME,
        PATIENT_ID,
        ISSUER_OF_PATIENT_ID,
        "00100024",  # Issuer of Patient ID Qualifiers Sequence
        PATIENT_BIRTH_DATE,
        PATIENT_SEX,
        OTHER_PATIENT_IDS,
        OTHER_PATIENT_IDS_SEQUENCE,
    }
)
ORDER_TAGS: Final = frozenset(
    {
        "00080050",  # Accession Number
        "00080051",  # Issuer of Accession Number Sequence
        "00080090",  # Referring Physician's Name
        "00080096",  # Referring Physician Identification Sequence
        "00081030",  # Study Description
        "00081032",  # Procedure Code Sequence
        "00321032",  # Requesting Physician
        "00321033",  # Requesting Service
        "00321060",  # Requested Procedure Description
        "00321064",  # Requested Procedure Code Sequence
        "00380010",  # Admission ID
        "00380014",  # Issuer of Admission ID Sequence
        "00400275",  # Request Attributes Sequence
        "00402016",  # Placer Order Number / Imaging Service Request
        "00402017",  # Filler Order Number / Imaging Service Request
    }
)
CORRECTABLE: Final = IDENTITY_TAGS | ORDER_TAGS
"""All a correction may touch: never UIDs, pixels, dose, geometry, dates of the acquisition."""


class CannotCorrect(Malformed):
    """The correction touches what is never corrected, or its values are not DICOM."""

    code = "cannot-correct"


def checked(attributes: Mapping[str, Json]) -> dict[str, Json]:
    """Return the attributes (DICOM JSON, top level), each of them correctable and valid.

    Raises:
        CannotCorrect: one is not, or there are none.
    """
    if not attributes:
        raise CannotCorrect("there is nothing to correct")
    for tag, element in attributes.items():
        if tag not in CORRECTABLE:
            raise CannotCorrect("this attribute is never corrected", field=tag)
        vr = dictionary_VR(int(tag, 16))
        if set(element) - {"vr", "Value"} or element.get("vr") != vr:
            raise CannotCorrect(f"the attribute is of VR {vr}", field=tag)
        if not isinstance(element.get("Value", []), list):
            raise CannotCorrect("the values are not a list", field=tag)
        try:
            dataset = Dataset.from_json({tag: dict(element)})
            _check(dataset)
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise CannotCorrect("the value is not what its VR allows", field=tag) from error
    return {tag: dict(attributes[tag]) for tag in sorted(attributes)}


def _check(dataset: Dataset) -> None:
    for element in dataset.iterall():
        if element.VR == "SQ" or element.value is None:
            continue
        values: list[Any] = list(element.value) if element.VM > 1 else [element.value]
        for value in values:
            validate_value(element.VR, str(value), RAISE)
