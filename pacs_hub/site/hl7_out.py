"""The keys of an [[hl7_peer]] that we send to: how its messages are written and sent; pure."""

from __future__ import annotations

from typing import Any, Final

from integrations.hl7.charset import UnknownCharacterSet
from integrations.hl7.maps.step2status import SINCE
from integrations.hl7.outbound.encoding import CannotWrite, names_of
from integrations.hl7.outbound.options import (
    ACKNOWLEDGEMENT,
    ANSWER_SECONDS,
    GO_ON,
    KEEP_OPEN_SECONDS,
    ON_REJECTION,
    ORDER_MESSAGES,
    ORIGINAL,
    SEGMENT_ENDS,
    UNENCODABLE,
    UTF_8,
    is_override,
    is_separators,
)
from pacs_hub.site.reader import TableReader
from pacs_hub.site.tables import Hl7PeerRow

LONGEST_ANSWER: Final = 300
LONGEST_OPEN: Final = 3600


def outbound_keys(table: TableReader) -> dict[str, Any]:
    """Read how a receiver wants its messages."""
    return {
        "order_message": table.text(
            "order_message", longest=7, default="", choices=("", *ORDER_MESSAGES)
        ),
        "images_available": table.flag("images_available"),
        "report_pdf": table.flag("report_pdf", default=True),
        "separators": table.text("separators", longest=5, default="", rule=_separators),
        "segment_end": table.text("segment_end", longest=4, default="CR", choices=SEGMENT_ENDS),
        "overrides": table.texts("overrides", longest=200, default=(), rule=is_override),
        "unencodable": table.text("unencodable", longest=13, default=UTF_8, choices=UNENCODABLE),
        "on_rejection": table.text("on_rejection", longest=5, default=GO_ON, choices=ON_REJECTION),
        "acknowledgement": table.text(
            "acknowledgement", longest=8, default=ORIGINAL, choices=ACKNOWLEDGEMENT
        ),
        "answer_seconds": table.number(
            "answer_seconds", smallest=1, largest=LONGEST_ANSWER, default=ANSWER_SECONDS
        ),
        "keep_open_seconds": table.number(
            "keep_open_seconds", smallest=0, largest=LONGEST_OPEN, default=KEEP_OPEN_SECONDS
        ),
        "tls": table.flag("tls"),
    }


def check_receiver(table: TableReader, row: Hl7PeerRow) -> None:
    """Complain about messages its version does not know, and about a set nobody writes."""
    number = tuple(int(part) for part in row.version.split("."))
    for message in (*row.messages, row.order_message):
        since = SINCE.get(message, "2.3" if message.startswith("SIU") else "2.1")
        if number < tuple(int(part) for part in since.split(".")):
            table.complain("messages", f"{message} came with version {since}")
    try:
        names_of(row.character_set)
    except (CannotWrite, UnknownCharacterSet) as error:
        table.complain("character_set", error.text)


def _separators(value: str) -> str:
    return is_separators(value) if value else ""
