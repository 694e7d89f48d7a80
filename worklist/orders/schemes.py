"""Names of coding schemes: HL7 table 0396 to DICOM designators (PS3.16 8) and back; pure."""

from __future__ import annotations

from typing import Final

UNNAMED: Final = "99HIS"
"""The private designator of a scheme that has no name in DICOM."""

DESIGNATORS: Final[dict[str, str]] = {
    "": UNNAMED,
    "L": "99L",
    "LN": "LN",
    "LOINC": "LN",
    "2.16.840.1.113883.6.1": "LN",
    "SCT": "SCT",
    "SNM": "SCT",
    "SNOMED-CT": "SCT",
    "2.16.840.1.113883.6.96": "SCT",
    "SRT": "SRT",
    "SNM3": "SNM3",
    "C4": "C4",
    "CPT": "C4",
    "CPT4": "C4",
    "CPT-4": "C4",
    "I9": "I9",
    "I9C": "I9C",
    "I10": "I10",
    "I10C": "I10C",
    "I10P": "I10P",
    "ICD10": "I10",
    "RADLEX": "RADLEX",
    "DCM": "DCM",
    "UCUM": "UCUM",
}
"""What a sender calls a scheme, in capitals, to the designator of DICOM."""

LONGEST: Final = 16


def designator(scheme: str) -> str:
    """Return (0008,0102) for a scheme as it was sent; one that says 99 is private already."""
    name = scheme.strip().upper()
    if name.startswith(("99", "ISO")):
        return scheme.strip()[:LONGEST]
    return DESIGNATORS.get(name, UNNAMED)


def is_known(scheme: str) -> bool:
    """Say whether DICOM has a name for the scheme."""
    return bool(scheme) and designator(scheme) != UNNAMED


def sent_as(wanted: str) -> tuple[str, ...]:
    """Return the names under which a scheme with this designator may have been sent."""
    return (wanted, *(name for name, known in DESIGNATORS.items() if known == wanted))
