"""Put a message right and apply it: a message of its own, the one that came stays as it was."""

from __future__ import annotations

import re
from typing import Final
from unicodedata import normalize

from integrations.hl7 import charset
from integrations.hl7.inbox import queries, rows, rules, services
from integrations.hl7.inbox.models import AckOutcome, InboundMessage
from integrations.hl7.message import SEGMENT_END, Header
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Conflict, Malformed
from pacs_hub.kernel.origin import new_correlation_id

_SEGMENT: Final = re.compile(r"[A-Z][A-Z0-9]{2}(.|$)")


class NothingEdited(Conflict):
    """The text is what came; to apply it again is another thing."""

    code = "nothing-edited"


class ReasonMissing(Malformed):
    """Who changes what a hospital sent must say why."""

    code = "reason-missing"


class NotInCharacterSet(Malformed):
    """The edited text has a character that its own MSH-18 cannot hold."""

    code = "not-in-character-set"


def edit_and_apply(
    *, message_id: int, text: str, reason: str, editor: str, routes: rules.Routes
) -> InboundMessage:
    """Keep `text` as a new message that `editor` made from another, and apply it.

    It comes from the same peer; nobody is answered.

    Raises:
        NoSuchMessage, BodyGone: there is none to edit.
        ReasonMissing, NothingEdited, NotHl7, NotInCharacterSet: it is not kept.
    """
    if not reason.strip():
        raise ReasonMissing("say why the message is changed", field="reason")
    before = queries.with_body(message_id)
    raw = _bytes(rejoined(text), default=queries.character_sets().get(before.peer, ""))
    if raw == bytes(before.raw):
        raise NothingEdited("the message is as it came", field="text")
    header = Header.of(raw)
    row = InboundMessage.objects.create(
        raw=raw,
        address=before.address,
        received_at=clock.now(),
        body_sha256=rules.fingerprint(raw),
        correlation_id=new_correlation_id(),
        **rows.columns_of(header),
        ack_outcome=AckOutcome.NOT_WANTED,
        edited_from=before,
        edited_by=editor[:150],
        edit_reason=reason.strip()[:300],
    )
    services.process(row=row, routes=routes, quiet=True)
    row.refresh_from_db()
    return row


def rejoined(text: str) -> str:
    """Return lines as segments; a line that begins none goes on with the value before it."""
    segments: list[str] = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n"):
        if segments and not _SEGMENT.match(line):
            segments[-1] += f"\n{line}"
        elif line:
            segments.append(line)
    return "".join(f"{segment}{SEGMENT_END}" for segment in segments)


def _bytes(text: str, *, default: str) -> bytes:
    """Return the text in the character set it will be read in: MSH-18, else its sender's."""
    declared = Header.of(text.encode()).character_sets
    sets = declared if any(declared) else default.split("~")
    try:
        raw = text.encode(charset.codec_of(sets) or "utf-8")
        if charset.decode(raw, declared=declared, default=default) == normalize("NFC", text):
            return raw
    except (UnicodeError, charset.UndecodableText):
        pass  # said below
    raise NotInCharacterSet(
        "a character is not in the character set of MSH-18; UNICODE UTF-8 holds them all",
        field="MSH-18",
    )
