"""OBX segments to what a report says: HL7 v2.5.1 7.4.2. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from integrations.hl7.maps import cda2text, rows, tables
from integrations.hl7.maps.formatted import formatted_text
from integrations.hl7.maps.oru2document import EmbeddedDocument, embedded_documents
from integrations.hl7.maps.rows import Row
from integrations.hl7.message import NULL, Segment, SegmentList
from worklist.orders.rules import is_uid
from worklist.results.rules import Reference, Section

TEXT_TYPES: Final = frozenset({"TX", "FT", "ST", ""})
CODED_TYPES: Final = frozenset({"CE", "CWE", "CNE", "CF"})
MEASURED_TYPES: Final = frozenset({"NM", "SN", "DT", "TM", "TS", "DTM", "SI", "IS", "ID"})
POINTERS: Final = frozenset({"HD", "RP"})

OBSERVATION: Final = (
    Row(ours="value_type", paths=("OBX-2.1",), kind=rows.text, table="0125"),
    Row(ours="code", paths=("OBX-3.1",), kind=rows.text, note="LOINC where the sender has it"),
    Row(ours="suffix", paths=("OBX-3.1.2",), kind=rows.text, note="IMP, GDT: HL7 v2.5.1 7.2.4"),
    Row(ours="meaning", paths=("OBX-3.2",), kind=rows.text),
    Row(ours="units", paths=("OBX-6.1",), kind=rows.text),
    Row(ours="range", paths=("OBX-7.1",), kind=rows.text),
    Row(ours="status", paths=("OBX-11.1",), kind=rows.text, table="0085"),
)


@dataclass(frozen=True)
class Observed:
    """What the OBX segments of one report say, together."""

    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    documents: tuple[EmbeddedDocument, ...]
    statuses: tuple[str, ...]  # OBX-11, those that are valued
    study_instance_uid: str = ""

    @property
    def text(self) -> str:
        """Return the whole text, each section under its heading."""
        return "\n\n".join(
            f"{s.title}:\n{s.text}" if s.title else s.text for s in self.sections
        ).strip()

    @property
    def is_withdrawn(self) -> bool:
        """Say whether every OBX says that it should not have been sent."""
        return bool(self.statuses) and all(
            tables.OBSERVATION_STATUS.get(status) == "entered_in_error" for status in self.statuses
        )


def observed(observations: Sequence[Segment]) -> Observed:
    """Read the OBX segments of one report; what is withdrawn (OBX-11) is left out."""
    sections: list[tuple[tuple[str, str], Section]] = []
    references: list[Reference] = []
    statuses: list[str] = []
    study = ""
    for obx in observations:
        found = rows.read(OBSERVATION, SegmentList([obx], obx.separators), zone=UTC)
        status = found.get("status", "").upper()
        statuses += [status] if status else []
        if status in tables.OBSERVATION_LEFT_OUT:
            continue
        names = {found.get("code", "").upper(), found.get("meaning", "").upper()}
        kind = found.get("value_type", "").upper()
        value = _component(obx, 5)
        if names & tables.SR_UID_CODES and is_uid(value):
            references.append(Reference("sr", value))
        elif names & tables.STUDY_UID_CODES or kind in POINTERS:
            study = study or (value if is_uid(value) else "")
        elif lines := _lines(obx, kind, found):
            code, title = _heading(found)
            _add(sections, (code, title), lines)
    documents = tuple(embedded_documents(observations))
    narrative = [s for document in documents for s in _narrative(document)]
    return Observed(
        sections=tuple([section for _, section in sections] + narrative),
        references=tuple(references),
        documents=documents,
        statuses=tuple(statuses),
        study_instance_uid=study,
    )


def _add(
    sections: list[tuple[tuple[str, str], Section]], key: tuple[str, str], lines: list[str]
) -> None:
    """Continue the last section where it is the same one, else begin a new one."""
    text = "\n".join(lines)
    if sections and sections[-1][0] == key:
        before = sections[-1][1]
        sections[-1] = (key, Section(before.code, before.title, f"{before.text}\n{text}"))
    else:
        sections.append((key, Section(*key, text)))


def _heading(found: dict[str, str]) -> tuple[str, str]:
    for code in (found.get("suffix", ""), found.get("code", "")):
        if code in tables.REPORT_SECTIONS:
            return code, tables.REPORT_SECTIONS[code]
    for word in (found.get("meaning", ""), found.get("code", "")):
        if title := tables.REPORT_SECTION_WORDS.get(word.upper().rstrip(":. ")):
            return "", title
    return "", ""


def _lines(obx: Segment, kind: str, found: dict[str, str]) -> list[str]:
    numbers = range(1, len(obx.repetitions(5)) + 1)
    if kind in TEXT_TYPES:
        texts = [formatted_text(raw, obx.separators) for raw in obx.repetitions(5)]
    elif kind in CODED_TYPES:
        texts = [_coded(obx, n) for n in numbers]
    elif kind in MEASURED_TYPES:
        values = ", ".join(v for v in (_measured(obx, n) for n in numbers) if v)
        name = found.get("meaning") or found.get("code", "")
        tail = f" {found['units']}" if found.get("units") else ""
        tail += f" ({found['range']})" if found.get("range") else ""
        texts = [f"{name}: {values}{tail}" if name else f"{values}{tail}"] if values else []
    else:
        texts = []
    lines = [text for text in texts if text != NULL]
    return lines if any(lines) else []


def _coded(obx: Segment, repetition: int) -> str:
    parts = [part[0] for part in obx.components(5, repetition)[:2] if part[0]]
    return parts[-1] if parts else ""


def _measured(obx: Segment, repetition: int) -> str:
    return "".join(part[0].strip() for part in obx.components(5, repetition))


def _narrative(document: EmbeddedDocument) -> Iterable[Section]:
    if document.error or not cda2text.is_cda(document.content):
        return ()
    try:
        return cda2text.sections_of(document.content)
    except cda2text.NotCda:
        return ()  # the file is kept as it is; attaching it says what is wrong


def _component(obx: Segment, field: int) -> str:
    parts = obx.components(field)
    return parts[0][0].strip() if parts else ""
