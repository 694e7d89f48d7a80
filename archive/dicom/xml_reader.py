"""A Native DICOM Model document to DICOM JSON (PS3.19 A.1, PS3.18 F); pure."""

from __future__ import annotations

from typing import Any, Final
from xml.etree import ElementTree

from archive.dicom import safe_xml
from archive.dicom.json_model import Json
from pacs_hub.kernel.errors import Malformed

_GROUPS: Final = ("Alphabetic", "Ideographic", "Phonetic")
_COMPONENTS: Final = ("FamilyName", "GivenName", "MiddleName", "NamePrefix", "NameSuffix")
_NUMBERS: Final = frozenset({"DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
_REALS: Final = frozenset({"DS", "FD", "FL"})
_FIRST_BLOCK: Final = 0x10


class NotNativeModel(Malformed):
    """Not a Native DICOM Model document."""

    code = "not-dicom-xml"


def parse_document(content: bytes) -> Json:
    """Return the dataset of one document as DICOM JSON.

    A document type, and with it every entity, is refused.

    Raises:
        NotNativeModel: it is something else.
    """
    try:
        root = safe_xml.tree(content)
        if _name(root) != "NativeDicomModel":
            raise NotNativeModel("the metadata is not a NativeDicomModel")
        return _attributes(root)
    except (LookupError, ValueError) as error:
        raise NotNativeModel("the metadata is not a Native DICOM Model document") from error


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attributes(parent: ElementTree.Element) -> Json:
    out: Json = {}
    blocks: dict[tuple[str, str], int] = {}
    for element in parent:
        if _name(element) != "DicomAttribute":
            continue
        tag, vr = element.attrib["tag"].upper(), element.attrib["vr"].upper()
        if len(tag) != 8:
            raise ValueError("not a tag")
        value = _attribute(vr, element)
        creator = element.attrib.get("privateCreator")
        if creator is not None:
            tag = _private(out, blocks, tag, creator)
        elif _is_creator(tag) and value.get("Value"):
            blocks[tag[:4], str(value["Value"][0])] = int(tag[6:], 16)
        out[tag] = value
    return dict(sorted(out.items()))


def _is_creator(tag: str) -> bool:
    return bool(int(tag[:4], 16) % 2) and tag[4:6] == "00" and int(tag[6:], 16) >= _FIRST_BLOCK


def _private(out: Json, blocks: dict[tuple[str, str], int], tag: str, creator: str) -> str:
    """Return the tag with its block, which is reserved where nobody did so (PS3.5 7.8.1)."""
    key = tag[:4], creator
    if key not in blocks:
        taken = {block for (group, _), block in blocks.items() if group == tag[:4]}
        blocks[key] = max(taken, default=_FIRST_BLOCK - 1) + 1
        if blocks[key] > 0xFF:
            raise ValueError("no private block is left")
        out[f"{tag[:4]}00{blocks[key]:02X}"] = {"vr": "LO", "Value": [creator]}
    return f"{tag[:4]}{blocks[key]:02X}{tag[6:]}"


def _attribute(vr: str, element: ElementTree.Element) -> Json:
    out: Json = {"vr": vr}
    numbered: dict[int, Any] = {}
    for child in element:
        name = _name(child)
        if name == "BulkData":
            return {"vr": vr, "BulkDataURI": child.attrib.get("uri") or child.attrib["uuid"]}
        if name == "InlineBinary":
            return {"vr": vr, "InlineBinary": "".join((child.text or "").split())}
        number = int(child.attrib.get("number", len(numbered) + 1))
        if not 0 < number <= 16 + 4 * len(element):  # a few may be empty and left out
            raise ValueError("not the number of a value")
        if name == "Value":
            numbered[number] = _value(vr, child.text or "")
        elif name == "Item":
            numbered[number] = _attributes(child)
        elif name == "PersonName":
            numbered[number] = {
                _name(group): _group(group) for group in child if _name(group) in _GROUPS
            }
    if numbered:
        empty: Json | None = {} if vr == "SQ" else None
        out["Value"] = [numbered.get(n, empty) for n in range(1, max(numbered) + 1)]
    return out


def _value(vr: str, text: str) -> Any:
    """Return a value as JSON has it: numbers as numbers where they are (PS3.18 F.2.3)."""
    if not text:
        return None
    if vr in _REALS:
        return float(text) if vr != "DS" else text.strip()
    return int(text) if vr in _NUMBERS else text


def _group(group: ElementTree.Element) -> str:
    parts = {_name(child): child.text or "" for child in group}
    return "^".join(parts.get(name, "") for name in _COMPONENTS).rstrip("^")
