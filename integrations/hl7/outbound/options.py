"""How one receiver wants its messages: the outbound keys of an [[hl7_peer]]; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from integrations.hl7.message import Path, Separators

ORDER_MESSAGES: Final = ("ORM^O01", "OMI^O23", "OMG^O19")
SEGMENT_ENDS: Final[dict[str, str]] = {"CR": "\r", "CRLF": "\r\n", "LF": "\n"}
UTF_8, TRANSLITERATE, REFUSE = "utf-8", "transliterate", "refuse"
UNENCODABLE: Final = (UTF_8, TRANSLITERATE, REFUSE)
GO_ON, WAIT = "go-on", "wait"
ON_REJECTION: Final = (GO_ON, WAIT)
ORIGINAL, ENHANCED = "original", "enhanced"
ACKNOWLEDGEMENT: Final = (ORIGINAL, ENHANCED)
ANSWER_SECONDS: Final = 30
KEEP_OPEN_SECONDS: Final = 30


@dataclass(frozen=True, kw_only=True)
class PeerOptions:
    """The outbound keys of a peer, each with its default."""

    order_message: str = ""  # "": the first of ORDER_MESSAGES among its messages
    images_available: bool = False
    report_pdf: bool = True
    separators: str = ""
    segment_end: str = "CR"
    overrides: tuple[Mapping[str, str], ...] = ()
    unencodable: str = UTF_8
    on_rejection: str = GO_ON
    acknowledgement: str = ORIGINAL
    answer_seconds: float = ANSWER_SECONDS
    keep_open_seconds: float = KEEP_OPEN_SECONDS
    tls: bool = False

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Read what a peer's options say of sending; other keys are somebody else's."""
        said = {key: options[key] for key in cls.__dataclass_fields__ if key in options}
        if "overrides" in said:
            said["overrides"] = tuple(override(line) for line in said["overrides"])
        return cls(**said)

    @property
    def marks(self) -> Separators:
        """Return the separators its messages are written with."""
        text = self.separators
        return Separators(text[0], *text[1:5]) if text else Separators()

    @property
    def end(self) -> str:
        """Return what ends a segment."""
        return SEGMENT_ENDS[self.segment_end]

    def order_form(self, messages: list[str]) -> str:
        """Return the message an order status is sent as."""
        asked = next((form for form in ORDER_MESSAGES if form in messages), ORDER_MESSAGES[0])
        return self.order_message or asked


def override(line: str) -> dict[str, str]:
    """Read one override: "PV1-3.4 = GH" sets, "PID-18 =" clears, "PID-2 <- PID-3.1" copies.

    Raises:
        ValueError: it is none of these, or a path is not one.
    """
    for mark, key in (("<-", "from"), ("=", "value")):
        path, found, rest = line.partition(mark)
        if found:
            Path.of(path.strip())
            if key == "from":
                Path.of(rest.strip())
            return {"path": path.strip(), key: rest.strip()}
    raise ValueError(line)


def is_override(line: str) -> str:
    """Rule of a site file: one override."""
    try:
        override(line)
    except ValueError:
        return 'is not written as "PV1-3.4 = GH", "PID-18 =" or "PID-2 <- PID-3.1"'
    return ""


def is_separators(text: str) -> str:
    """Rule of a site file: MSH-1 and MSH-2, such as "|^~\\&"."""
    good = (
        len(text) == 5 and len(set(text)) == 5 and not any(c.isalnum() or c.isspace() for c in text)
    )
    return "" if good and text.isascii() else "is not five different marks such as |^~\\&"
