"""DICOM JSON to a Native DICOM Model document (PS3.19 A.1); pure.

One data set makes one document, in UTF-8. Characters that XML 1.0 cannot carry become U+FFFD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from pydicom.datadict import keyword_for_tag

from archive.dicom.json_model import Json

MEDIA_TYPE: Final = "application/dicom+xml"
NAMESPACE: Final = "http://dicom.nema.org/PS3.19/models/NativeDICOM"

_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_COMPONENTS: Final = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A parser would turn a bare carriage return into a line feed (XML 1.0 2.11).
_ENTITIES: Final = {"\r": "&#13;"}


def document(data_set: Json) -> bytes:
    """Return the XML document of one data set in DICOM JSON form (PS3.18 F.2)."""
    body = "".join(_attributes(data_set))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<NativeDicomModel xmlns="{NAMESPACE}" xml:space="preserve">{body}</NativeDicomModel>'
    ).encode()


def _attributes(data_set: Json) -> Iterator[str]:
    creators = _creators(data_set)
    for name in sorted(data_set):
        attribute = data_set[name]
        content = "".join(_content(attribute))
        yield f"<DicomAttribute {_described(name, attribute['vr'], creators)}>{content}"
        yield "</DicomAttribute>"


def _creators(data_set: Json) -> dict[str, str]:
    """Return the private creators by group and block, such as 000910 (PS3.5 7.8.1)."""
    found = {}
    for name, attribute in data_set.items():
        values = attribute.get("Value")
        if int(name[:4], 16) % 2 and name[4:6] == "00" and values and values[0]:
            found[name[:4] + name[6:]] = str(values[0])
    return found


def _described(name: str, vr: str, creators: Mapping[str, str]) -> str:
    """Return the XML attributes; a private tag is told with its block left open (PS3.19 A.1.5)."""
    creator = creators.get(name[:6]) if name[4:6] != "00" else None
    if creator is not None:
        tag = f"{name[:4]}00{name[6:]}"
        return f'tag="{tag}" vr="{vr}" privateCreator={quoteattr(_clean(creator))}'
    keyword = keyword_for_tag(int(name, 16))
    told = f' keyword="{keyword}"' if keyword else ""
    return f'tag="{name}" vr="{vr}"{told}'


def _content(attribute: Json) -> Iterator[str]:
    if "BulkDataURI" in attribute:
        yield f"<BulkData uri={quoteattr(_clean(attribute['BulkDataURI']))}/>"
    elif "InlineBinary" in attribute:
        yield f"<InlineBinary>{attribute['InlineBinary']}</InlineBinary>"
    else:
        vr = attribute["vr"]
        for number, value in enumerate(attribute.get("Value", ()), start=1):
            yield from _value(vr, number, value)


def _value(vr: str, number: int, value: Any) -> Iterator[str]:
    """Yield one value; an empty one among others only leaves its number out."""
    if vr == "SQ":
        yield f'<Item number="{number}">'
        yield from _attributes(value or {})
        yield "</Item>"
    elif vr == "PN" and value:
        yield f'<PersonName number="{number}">'
        yield from (_group(name, value[name]) for name in _GROUPS if value.get(name))
        yield "</PersonName>"
    elif value is not None and value != "":
        yield f'<Value number="{number}">{_text(str(value))}</Value>'


def _group(name: str, text: str) -> str:
    parts = zip(_COMPONENTS, text.split("^"), strict=False)
    inner = "".join(f"<{part}>{_text(value)}</{part}>" for part, value in parts if value)
    return f"<{name}>{inner}</{name}>"


def _text(value: str) -> str:
    return escape(_clean(value), _ENTITIES)


def _clean(value: str) -> str:
    return _NOT_XML.sub("\ufffd", value)
