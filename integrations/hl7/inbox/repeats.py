"""Was this message here before? One question to the database for each message (specification 5)."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from django.db import connection

from integrations.hl7.inbox import rules
from integrations.hl7.inbox.arrivals import Incoming
from integrations.hl7.inbox.models import InboundMessage, ProcessingState

ANSWERED = (
    ProcessingState.PROCESSED,
    ProcessingState.HELD,
    ProcessingState.PARKED,
    ProcessingState.DISMISSED,
)


@dataclass(frozen=True)
class Repeats:
    """What the past knows of a message.

    `answered` is the same message, settled; `unsettled` the same message, kept and not applied,
    with how often that was tried; `resent` the same body under another MSH-10 of late; `reused`
    another body under the same MSH-10.
    """

    answered: int | None = None
    unsettled: tuple[tuple[int, int], ...] = ()
    resent: bool = False
    reused: bool = False


def repeats_of(incoming: Incoming) -> Repeats:
    """Look for copies of a message among those of the last 90 days.

    What was refused is looked at again: the reason may be gone, and nothing was applied.
    """
    header = incoming.header
    if header is None or not header.control_id:
        return Repeats()
    at = connection.ops.adapt_datetimefield_value
    key = (
        header.control_id[:199],
        header.sending_application[:227],
        header.sending_facility[:227],
    )
    since = at(incoming.received_at - rules.SAME_FOR)
    lately = at(incoming.received_at - rules.RESENT_WITHIN)
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(),
            (*key, lately, incoming.sha256, since, incoming.pk, *key, incoming.sha256, since),
        )
        rows = cursor.fetchall()
    if not rows:
        return Repeats()
    same = [row for row in rows if row[1] and row[4] == "body"]
    others = [row for row in rows if not row[1]]
    settled = sorted(row[0] for row in same if row[2] in ANSWERED)
    return Repeats(
        answered=settled[0] if settled else None,
        unsettled=tuple((row[0], row[3]) for row in same if row[2] == ProcessingState.RECEIVED),
        resent=any(row[5] and row[2] == ProcessingState.PROCESSED for row in others),
        reused=any(row[4] == "key" for row in rows),
    )


@functools.cache
def _statement() -> str:
    table = InboundMessage._meta.db_table
    key = "control_id = %s AND sending_application = %s AND sending_facility = %s"
    return f"""
        SELECT * FROM (
            SELECT id, CASE WHEN {key} THEN 1 ELSE 0 END AS same_key, processing_state, attempts,
                   'body' AS what, CASE WHEN received_at > %s THEN 1 ELSE 0 END AS lately
            FROM "{table}"
            WHERE body_sha256 = %s AND received_at > %s AND id <> %s
            ORDER BY same_key DESC, id LIMIT 20
        ) AS bodies
        UNION ALL
        SELECT * FROM (
            SELECT id, 1 AS same_key, processing_state, attempts, 'key' AS what, 0 AS lately
            FROM "{table}"
            WHERE {key} AND body_sha256 <> %s AND received_at > %s
                  AND processing_state <> 'refused'
            LIMIT 1
        ) AS keys
    """  # noqa: S608 - our own names; values are parameters
