"""Code tables: what a value of an HL7 table means to us. Rows, pure."""

from __future__ import annotations

from typing import Final

SEX: Final[dict[str, str]] = {"M": "M", "F": "F", "O": "O", "A": "O", "N": "O"}
"""HL7 table 0001 to DICOM (0010,0040); any other value says nothing."""

PRIORITY: Final[dict[str, str]] = {
    "S": "STAT",
    "A": "HIGH",
    "P": "HIGH",
    "C": "HIGH",
    "R": "ROUTINE",
    "T": "MEDIUM",
}
"""ORC-7.6 or OBR-27.6, and TQ1-9, to DICOM (0040,1003)."""

DIAGNOSTIC_SERVICE: Final[dict[str, str]] = {
    "NMR": "MR",
    "RUS": "US",
    "VUS": "US",
    "OUS": "US",
    "CUS": "US",
    "XRC": "XA",
    "NMS": "NM",
    "MRI": "MR",
    "CAT": "CT",
    "MAM": "MG",
}
"""HL7 table 0074 (and two habits) to DICOM modality; IHE senders put the DICOM term itself."""

_MODALITIES: Final = (
    "AR ASMT AU BDUS BI BMD CFM CR CT CTPROTOCOL DG DMS DOC DX ECG EEG EMG EOG EPS ES FID GM HC "
    "HD IO IOL IVOCT IVUS KER KO LEN LS M3D MG MR MRS NM OAM OCT OP OPM OPT OPTBSV OPTENF OPV OSS "
    "OT PLAN POS PR PT PX REG RESP RF RG RTDOSE RTIMAGE RTINTENT RTPLAN RTRAD RTRECORD RTSEGANN "
    "RTSTRUCT RWV SEG SM SMR SR SRF STAIN TEXTUREMAP TG US VA XA XC"
)
MODALITIES: Final = frozenset(_MODALITIES.split())
"""Defined terms of (0008,0060), PS3.3 C.7.3.1.1.1."""

RESULT_STATUS: Final[dict[str, str]] = {
    "F": "final",
    "C": "amended",
    "P": "preliminary",
    "A": "preliminary",
    "R": "preliminary",
}
"""HL7 table 0123 (OBR-25) to the status of a report."""

RESULT_NOT_YET: Final = frozenset("OIS")
"""OBR-25 values that say there is no report yet."""

REPORT_SECTIONS: Final[dict[str, str]] = {
    "18782-3": "Findings",
    "59776-5": "Findings",
    "19005-8": "Impression",
    "18834-2": "Comparison",
    "55752-0": "Clinical information",
    "18785-6": "Reason for study",
    "55111-9": "Technique",
    "GDT": "Findings",
    "IMP": "Impression",
    "REC": "Recommendation",
    "ADT": "Addendum",
}
"""LOINC codes of OBX-3.1, and the suffixes of its second subcomponent, to a heading."""

STUDY_UID_CODES: Final = frozenset({"113014", "110180", "STUDY INSTANCE UID"})
"""OBX-3.1 or OBX-3.2 of an OBX that carries the Study Instance UID."""


def modality(value: str) -> str:
    """Return the DICOM modality for OBR-24; "" leaves it to the procedure catalogue."""
    term = value.strip().upper()
    term = DIAGNOSTIC_SERVICE.get(term, term)
    return term if term in MODALITIES else ""
