"""Values as they fit an attribute: each cut to its VR (PS3.5 6.2), codes and names as items."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pydicom import Dataset

from worklist.orders.schemes import designator

LO_MAX: Final = 64
SH_MAX: Final = 16
LT_MAX: Final = 10240


def shorten(text: str, length: int = LO_MAX) -> str:
    """Return a description that fits its VR, cut at a word; backslashes would be separators."""
    clean = " ".join(text.replace("\\", "/").split())
    if len(clean) <= length:
        return clean
    cut = clean[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space and len(head) > length // 2 else cut) + "~"


def texts(lines: str) -> list[str]:
    """Return the lines of a text, each as one value of an LO."""
    return [shorten(line) for line in lines.splitlines() if line.strip()]


def pieces(lines: str) -> list[str]:
    """Return a text as values of an LO that lose nothing: a long line goes on in the next one."""
    found: list[str] = []
    for line in lines.splitlines():
        words = line.replace("\\", "/").split()
        piece = ""
        for word in words:
            if piece and len(piece) + 1 + len(word) > LO_MAX:
                found.append(piece)
                piece = word
            else:
                piece = f"{piece} {word}".strip()
        found += [piece[n : n + LO_MAX] for n in range(0, len(piece), LO_MAX)]
    return found


def long_text(lines: str) -> str:
    """Return lines as the paragraph of an LT."""
    return "\r\n".join(lines.splitlines())[:LT_MAX]


def decimal(value: Decimal | None) -> str:
    """Return a number as a DS: no exponent, no zeros that say nothing."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def code(value: str, scheme: str, meaning: str) -> list[Dataset]:
    """Return a code sequence (PS3.3 8.8): one item, or none without a code."""
    if not value:
        return []
    item = Dataset()
    if len(value) <= SH_MAX:
        item.CodeValue = value
    else:
        item.LongCodeValue = value
    item.CodingSchemeDesignator = designator(scheme)
    item.CodeMeaning = shorten(meaning) or value[:LO_MAX]
    return [item]


def namespace(local: str, universal: str = "", kind: str = "") -> list[Dataset]:
    """Return a hierarchic designator (PS3.3 10.14): a local name, a universal one, or both."""
    if not local and not universal:
        return []
    item = Dataset()
    if local:
        item.LocalNamespaceEntityID = local
    if universal:
        item.UniversalEntityID = universal
        item.UniversalEntityIDType = kind or "ISO"
    return [item]


def issuer_qualifiers(universal: str, kind: str, type_code: str) -> list[Dataset]:
    """Return what is known of an issuer beside its name (PS3.3 C.2.3); none where nothing is."""
    if not universal and not type_code:
        return []
    item = Dataset()
    if universal:
        item.UniversalEntityID = universal
        item.UniversalEntityIDType = kind or "ISO"
    if type_code:
        item.IdentifierTypeCode = type_code
    return [item]


def patient_id(value: str, issuer: str) -> Dataset:
    """Return an item of Other Patient IDs (PS3.3 C.2.3)."""
    item = Dataset()
    item.PatientID = value
    item.IssuerOfPatientID = issuer
    item.TypeOfPatientID = "TEXT"
    return item


def person(identifier: str, name: str, institution: str) -> list[Dataset]:
    """Return a person identification (PS3.3 10.1); none without an identifier."""
    if not identifier:
        return []
    item = Dataset()
    item.PersonIdentificationCodeSequence = code(identifier, "", " ".join(name.split("^")))
    item.InstitutionName = institution
    return [item]
