"""A workstation that looks for objects by every door, and compares what it gets with what was sent.

Every method returns complaints, one line for each object and way.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pydicom
from pydicom import Dataset
from pydicom.uid import ExplicitVRLittleEndian
from pynetdicom import Association
from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelFind

from archive.dicom.elements import data_set_start
from tests.support.makers import Made, pairs
from tests.support.peers.archive import OtherArchive, Received
from tests.support.peers.modality import Modality
from tests.support.peers.retriever import Retriever, wish
from tests.support.peers.web_client import WebClient

MOST_UIDS: Final = 50
_UNIQUE_KEYS: Final = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_TAGS: Final = ("0020000D", "0020000E", "00080018")
_IN_BYTE_ORDER: Final = ("OW", "OF", "OD", "OL", "OV")
FIND: Final = StudyRootQueryRetrieveInformationModelFind
NOT_ON_THE_WEB: Final = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.2"})
"""Implicit VR and Big Endian never leave by DICOMweb (PS3.18 8.7.3.3.2): they are rewritten."""


@dataclass(frozen=True, kw_only=True)
class Seeker:
    """It asks the hub on `port` and `web`, and has objects moved to `other`."""

    port: int
    web: WebClient
    other: OtherArchive

    def not_found(self, filed: list[Made]) -> Iterator[str]:
        """Look for each at study, series and instance level, by C-FIND and QIDO-RS."""
        if not filed:
            return
        with Modality(self.port).associated((FIND, [ExplicitVRLittleEndian])) as association:
            for level, above, names in _questions(filed):
                keyword = _UNIQUE_KEYS[len(above)]
                asked = wish(level, **above, **{keyword: list(names)})
                told = [str(item[keyword].value) for item in _found(association, asked)]
                if sorted(told) != sorted(names):
                    yield f"{names}: no C-FIND at {level}"
        for level, above, names in _questions(filed):
            keyword = _UNIQUE_KEYS[len(above)]
            found = self.web.search(_qido(above), **{keyword: ",".join(names)})
            told = [item[_TAGS[len(above)]]["Value"][0] for item in found]
            if sorted(told) != sorted(names):
                yield f"{names}: no QIDO-RS at {level}"

    def not_given_back(self, filed: list[Made]) -> Iterator[str]:
        """Have them moved, get them, and fetch them over the web."""
        if not filed:
            return
        wanted = wish("STUDY", StudyInstanceUID=list({one.study_instance_uid for one in filed}))
        moved = Retriever(self.port).move(wanted)
        yield from _counted("C-MOVE", moved.counts, filed)
        yield from _differing("C-MOVE", self.other.received, filed)
        got = Retriever(self.port).get(wanted, takes=(), pairs=list(pairs(filed)))
        yield from _counted("C-GET", got.counts, filed)
        yield from _differing("C-GET", got.received, filed)
        yield from self._differing_on_the_web(filed)

    def _differing_on_the_web(self, filed: list[Made]) -> Iterator[str]:
        back: dict[str, bytes] = {}
        for study in dict.fromkeys(one.study_instance_uid for one in filed):
            back |= self.web.part10s(f"/studies/{study}")
        for one in filed:
            content = back.get(one.sop_instance_uid)
            if content is None:
                yield f"{one.name}: no WADO-RS"
            elif one.transfer_syntax_uid in NOT_ON_THE_WEB:
                if not _says_the_same(content, one):
                    yield f"{one.name}: rewritten by WADO-RS, it says something else"
            elif content[data_set_start(io.BytesIO(content)) :] != one.data_set:
                yield f"{one.name}: other bytes by WADO-RS"


def _questions(filed: list[Made]) -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """Yield level, the keys above it, and UID → name of an object, of all that is one question."""
    groups: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for one in filed:
        path = (one.study_instance_uid, one.series_instance_uid, one.sop_instance_uid)
        for depth, uid in enumerate(path):
            groups[path[:depth]][uid] = one.name
    for above, names in groups.items():
        keys = dict(zip(_UNIQUE_KEYS, above, strict=False))
        items = list(names.items())
        for start in range(0, len(items), MOST_UIDS):
            part = dict(items[start : start + MOST_UIDS])
            yield ("STUDY", "SERIES", "IMAGE")[len(above)], keys, part


def _qido(above: dict[str, str]) -> str:
    study, series = above.get("StudyInstanceUID"), above.get("SeriesInstanceUID")
    return (
        "/studies",
        f"/studies/{study}/series",
        f"/studies/{study}/series/{series}/instances",
    )[len(above)]


def _found(association: Association, asked: Dataset) -> list[Dataset]:
    answers = list(association.send_c_find(asked, FIND))
    assert int(answers[-1][0].Status) == 0
    return [item for _, item in answers if item is not None]


def _counted(way: str, counts: tuple[int, int, int], filed: list[Made]) -> Iterator[str]:
    if counts != (len(filed), 0, 0):
        yield f"{way}: counts {counts} of {len(filed)}"


def _differing(way: str, received: list[Received], filed: list[Made]) -> Iterator[str]:
    back = {one.sop_instance_uid: one for one in received}
    for one in filed:
        found = back.get(one.sop_instance_uid)
        if found is None:
            yield f"{one.name}: no {way}"
        elif found.transfer_syntax != one.transfer_syntax_uid:
            yield f"{one.name}: in another transfer syntax by {way}"
        elif found.data_set != one.data_set:
            yield f"{one.name}: other bytes by {way}"


def _says_the_same(content: bytes, one: Made) -> bool:
    """Compare element by element, but for group lengths; of Big Endian the pixels' length alone."""
    back = pydicom.dcmread(io.BytesIO(content))
    sent = pydicom.dcmread(io.BytesIO(one.whole), force=True)
    if back.file_meta.TransferSyntaxUID in NOT_ON_THE_WEB:
        return False
    return dict(_values(back)) == dict(_values(sent))


def _values(header: Dataset, path: str = "") -> Iterator[tuple[str, object]]:
    for element in header:
        name = f"{path}{element.tag}"
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from _values(item, f"{name}/{number}/")
        elif element.tag.element != 0:
            yield name, len(element.value) if element.VR in _IN_BYTE_ORDER else str(element.value)
