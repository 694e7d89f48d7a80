"""XML from strangers: no document type, so that no entity can grow or reach out, and no depths."""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

DEEPEST: Final = 100


def tree(content: bytes) -> Element:
    """Return the root; names are written "namespace}name".

    Raises:
        ValueError: it is no XML, declares a document type, or is nested too deep.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise ValueError("nested too deep")
        builder.start(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name)

    def refuse(*_: object) -> None:
        raise ValueError("a document type is not taken")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
        return builder.close()
    except (expat.ExpatError, AssertionError, LookupError) as error:
        raise ValueError("no XML") from error
