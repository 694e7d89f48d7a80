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
    "O": "registered",
    "I": "registered",
    "S": "registered",
    "A": "partial",
    "R": "partial",  # stored, not verified
    "P": "preliminary",
    "F": "final",
    "C": "amended",
    "X": "cancelled",
}
"""HL7 table 0123 (OBR-25) to the status of a report; Y and Z answer queries only."""

OBSERVATION_STATUS: Final[dict[str, str]] = {
    "F": "final",
    "P": "preliminary",
    "C": "amended",
    "R": "partial",
    "S": "partial",
    "U": "final",  # what was sent as preliminary is final, and not sent again
    "I": "registered",
    "O": "registered",
    "N": "registered",  # not asked
    "D": "entered_in_error",
    "W": "entered_in_error",
    "X": "cancelled",
}
"""HL7 table 0085 (OBX-11) to what it says of the report it is in."""

OBSERVATION_LEFT_OUT: Final = frozenset("DWXN")
"""OBX-11 values whose value is not read: deleted, wrong, not obtained, not asked."""

DOCUMENT_STATUS: Final[dict[str, str]] = {
    "AU": "final",
    "LA": "final",
    "PA": "preliminary",
    "DO": "preliminary",
    "IP": "preliminary",
    "DI": "preliminary",
    "IN": "preliminary",
    "CA": "cancelled",
}
"""HL7 table 0271 (TXA-17) to the status of a report."""

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

REPORT_SECTION_WORDS: Final[dict[str, str]] = {
    "FINDINGS": "Findings",
    "FINDING": "Findings",
    "IMPRESSION": "Impression",
    "CONCLUSION": "Impression",
    "COMPARISON": "Comparison",
    "TECHNIQUE": "Technique",
    "HISTORY": "Clinical information",
    "CLINICAL HISTORY": "Clinical information",
    "CLINICAL INFORMATION": "Clinical information",
    "INDICATION": "Reason for study",
    "RECOMMENDATION": "Recommendation",
    "ADDENDUM": "Addendum",
}
"""OBX-3.2, or OBX-3.1 in words, to a heading: senders that have no LOINC code."""

SR_UID_CODES: Final = frozenset({"SR INSTANCE UID", "SR SOP INSTANCE UID"})
"""OBX-3.1 or OBX-3.2 of an OBX that points to a structured report."""

STUDY_UID_CODES: Final = frozenset({"113014", "110180", "STUDY INSTANCE UID"})
"""OBX-3.1 or OBX-3.2 of an OBX that carries the Study Instance UID."""


def modality(value: str) -> str:
    """Return the DICOM modality for OBR-24; "" leaves it to the procedure catalogue."""
    term = value.strip().upper()
    term = DIAGNOSTIC_SERVICE.get(term, term)
    return term if term in MODALITIES else ""
