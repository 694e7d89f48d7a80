"""Objects of many makers as a sender has them: the data set's bytes, and what is said of them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pydicom.data
from pydicom import Dataset
from pydicom.errors import InvalidDicomError

from archive.dicom.elements import BrokenElements, data_set_start
from tests.support.samples import SAMPLE_FILES

DATA = Path(pydicom.data.__file__).parent
NOT_OBJECTS = {".txt", ".json", ".icc", ".dump", ".gz", ".py", ".pyc"}
UNREAD = (InvalidDicomError, AttributeError, EOFError, ValueError, KeyError, NotImplementedError)
CT, IMPLICIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.2"
_SYNTAXES = {
    (True, True): IMPLICIT,
    (False, True): "1.2.840.10008.1.2.1",
    (False, False): "1.2.840.10008.1.2.2",
}


@dataclass(frozen=True, kw_only=True)
class Made:
    """One file: `whole` as it lies there, `data_set` without what PS3.10 puts before it.

    The UIDs are what a sender announces; of an object that does not tell, any.
    """

    name: str
    whole: bytes
    data_set: bytes
    sop_class_uid: str
    sop_instance_uid: str
    study_instance_uid: str
    series_instance_uid: str
    patient: str
    transfer_syntax_uid: str


def made_by_many() -> list[Made]:
    """Return the shared samples and every object that comes with pydicom, by name."""
    own = (p for folder in ("test_files", "charset_files") for p in (DATA / folder).rglob("*"))
    objects = (
        p for p in own if p.is_file() and p.suffix not in NOT_OBJECTS and "README" not in p.name
    )
    named = [(path.name, path) for path in SAMPLE_FILES]
    named += sorted((str(path.relative_to(DATA)), path) for path in objects)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [_made(name, path.read_bytes()) for name, path in named]


def waves(sent: Iterable[Made]) -> list[list[Made]]:
    """Part objects so that in each wave no two are one instance, or one study of two patients."""
    found: list[tuple[dict[str, str], list[Made]]] = []
    for one in sent:
        says = {
            one.sop_instance_uid: one.name,
            one.study_instance_uid: one.patient,
            one.series_instance_uid: one.study_instance_uid,
        }
        for known, wave in found:
            if all(known.get(uid, said) == said for uid, said in says.items()):
                known.update(says)
                wave.append(one)
                break
        else:
            found.append((says, [one]))
    return [wave for _, wave in found]


def pairs(sent: Iterable[Made]) -> Iterator[tuple[str, str]]:
    """Yield the SOP classes with their transfer syntaxes, each once."""
    yield from dict.fromkeys((one.sop_class_uid, one.transfer_syntax_uid) for one in sent)


def _made(name: str, whole: bytes) -> Made:
    try:
        start = data_set_start(io.BytesIO(whole))
    except (BrokenElements, EOFError):
        start = 0
    header = _header(whole)

    def said(keyword: str, otherwise: str) -> str:
        return str(header.get(keyword) or otherwise)

    return Made(
        name=name,
        whole=whole,
        data_set=whole[start:],
        sop_class_uid=said("SOPClassUID", CT),
        sop_instance_uid=said("SOPInstanceUID", f"1.2.3.{len(name)}.{len(whole)}"),
        study_instance_uid=said("StudyInstanceUID", f"study of {name}"),
        series_instance_uid=said("SeriesInstanceUID", f"series of {name}"),
        patient=f"{header.get('PatientID')} {header.get('PatientName')}",
        transfer_syntax_uid=_syntax(header),
    )


def _header(whole: bytes) -> Dataset:
    try:
        return pydicom.dcmread(io.BytesIO(whole), stop_before_pixels=True, force=True)
    except UNREAD:
        return Dataset()


def _syntax(header: Dataset) -> str:
    meta = getattr(header, "file_meta", None) or Dataset()
    guessed = _SYNTAXES.get(getattr(header, "original_encoding", (True, True)), IMPLICIT)
    return str(meta.get("TransferSyntaxUID") or guessed)
