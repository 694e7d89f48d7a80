"""An acknowledgement in words: what the sender was told, and what it means to them. Pure."""

from __future__ import annotations

from typing import Final

from integrations.hl7 import charset
from integrations.hl7.ack import CONDITIONS
from integrations.hl7.message import Header, Message
from pacs_hub.kernel.errors import Malformed

CODES: Final[dict[str, str]] = {
    "AA": "accepted",
    "AE": "refused: the message has to be corrected before it is sent again",
    "AR": "not taken: the message may be sent again as it is",
    "CA": "kept safely; whether it could be applied is told later",
    "CE": "not kept: the message has to be corrected",
    "CR": "not kept: the message may be sent again as it is",
}
"""HL7 table 0008."""

SEVERITIES: Final[dict[str, str]] = {"W": "warning", "I": "for information", "E": "error"}
"""HL7 table 0516."""


def meaning(code: str) -> str:
    """Return what MSA-1 says, in words."""
    return CODES.get(code, "an answer that is not in table 0008") if code else "no answer"


def remarks(answer: bytes) -> list[str]:
    """Return each ERR segment of an answer as a sentence: how grave, what, and where."""
    try:
        header = Header.of(answer)
        message = Message(charset.decode(answer, declared=header.character_sets))
    except Malformed:
        return []
    said: list[str] = []
    for segment in message.all("ERR"):
        parts = {n: segment.components(n) for n in (2, 3, 4, 7, 8)}
        first = {n: part[0][0] if part else "" for n, part in parts.items()}
        condition = CONDITIONS.get(first[3], first[3])
        where = "-".join(sub[0] for sub in (parts[2][0:1] + parts[2][2:3]) if sub[0])
        text = first[8] or first[7]
        words = [f"{SEVERITIES.get(first[4], 'error')}: {text or condition}"]
        words += (
            [f"({condition.lower()}, {first[3]})"] if text and first[3] not in {"", "0"} else []
        )
        words += [f"at {where}"] if where else []
        said.append(" ".join(words))
    return said
