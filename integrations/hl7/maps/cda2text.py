"""A CDA document to text a person can read: HL7 CDA R2, the narrative of each section. Pure."""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from archive.dicom import safe_xml
from integrations.hl7.maps import tables
from pacs_hub.kernel.errors import Malformed
from worklist.results.rules import Section

_BLOCKS: Final = frozenset({"paragraph", "list", "table", "tr", "caption", "content-block"})
_SPACES: Final = re.compile(r"[ \t\r\n]+")


class NotCda(Malformed):
    """The bytes are no CDA document that can be read."""

    code = "not-cda"


def is_cda(content: bytes) -> bool:
    """Say whether a file is a CDA document, or a MIME package with one in it."""
    return b"ClinicalDocument" in content[:65536]


def document_of(content: bytes) -> bytes:
    """Return the XML of a document that may come in a MIME package (CDA R2 appendix 3.2).

    Raises:
        NotCda: there is none.
    """
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return content
    for part in email.message_from_bytes(content).walk():
        body = part.get_payload(decode=True)
        if isinstance(body, bytes) and b"ClinicalDocument" in body:
            return body
    raise NotCda("the package holds no CDA document")


def sections_of(content: bytes) -> tuple[Section, ...]:
    """Return the narrative of each section in order; none where the body is a file.

    Raises:
        NotCda: it is not XML, declares a document type, or is no clinical document.
    """
    root = _parsed(document_of(content))
    if _name(root) != "ClinicalDocument":
        raise NotCda("the document is no CDA document")
    return tuple(_sections(root))


def _parsed(content: bytes) -> Element:
    try:
        return safe_xml.tree(content)
    except ValueError as error:
        raise NotCda(f"the document cannot be read: {error}") from error


def _sections(element: Element) -> Iterator[Section]:
    for child in element:
        name = _name(child)
        if name == "section":
            code = next((c.get("code", "") for c in child if _name(c) == "code"), "")
            title = " ".join(_plain(c) for c in child if _name(c) == "title").strip()
            text = "\n".join(_narrative(c) for c in child if _name(c) == "text").strip()
            if text:
                yield Section(code, title or tables.REPORT_SECTIONS.get(code, ""), text)
        if name in ("component", "structuredBody", "section"):
            yield from _sections(child)


def _narrative(element: Element) -> str:
    lines = (line.strip() for line in "".join(_pieces(element)).split("\n"))
    return "\n".join(line for line in lines if line)


def _pieces(element: Element) -> Iterator[str]:
    name = _name(element)
    if name == "br":
        yield "\n"
    if name == "item":
        yield "\n- "
    elif name in _BLOCKS:
        yield "\n"
    yield _SPACES.sub(" ", element.text or "")
    for child in element:
        yield from _pieces(child)
        yield _SPACES.sub(" ", child.tail or "")
    if name in ("td", "th"):
        yield "\t"
    elif name in _BLOCKS:
        yield "\n"


def _plain(element: Element) -> str:
    return _SPACES.sub(" ", "".join(element.itertext())).strip()


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
