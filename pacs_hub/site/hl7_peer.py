"""The keys of an [[hl7_peer]] beside its columns: how it is listened to, how it is written to."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from integrations.hl7.inbound.options import (
    ACK,
    APPLICATION_ACKS,
    ARRIVAL_EVENTS,
    OUTBOUND,
    PROCESSING_IDS,
    RESPONSE_STYLES,
    SNAPSHOTS,
)
from pacs_hub.site.reader import TableReader, is_time_zone
from pacs_hub.site.tables import Hl7PeerRow

COLUMNS: Final = (
    "name",
    "direction",
    "application",
    "facility",
    "address",
    "host",
    "port",
    "messages",
    "character_set",
    "version",
)


def inbound_keys(table: TableReader) -> dict[str, Any]:
    """Read how a sender is listened to."""
    return {
        "default_issuer": table.text("default_issuer", longest=64, default=""),
        "processing_ids": table.texts(
            "processing_ids", longest=1, default=("P",), choices=PROCESSING_IDS
        ),
        "arrival_event": table.text("arrival_event", longest=3, default="", choices=ARRIVAL_EVENTS),
        "create_on_update": table.flag("create_on_update", default=True),
        "trust_mpi": table.flag("trust_mpi"),
        "response_style": table.text(
            "response_style", longest=8, default=ACK, choices=RESPONSE_STYLES
        ),
        "snapshot": table.text("snapshot", longest=8, default="", choices=SNAPSHOTS),
        "filler_is_accession": table.flag("filler_is_accession"),
        "queries": table.flag("queries"),
        "wildcards": table.flag("wildcards"),
        "siu_creates_order": table.flag("siu_creates_order"),
        "cancel_order_with_appointment": table.flag("cancel_order_with_appointment"),
        "application_ack": table.text(
            "application_ack", longest=8, default=OUTBOUND, choices=APPLICATION_ACKS
        ),
        "time_zone": table.text("time_zone", longest=64, default="", rule=is_time_zone),
        "shadow": table.flag("shadow"),
        "folder": table.text("folder", longest=500, default="", rule=_is_absolute),
    }


def _is_absolute(value: str) -> str:
    return "" if value.startswith("/") else "is not the absolute path of a folder"


def hl7_columns(row: Hl7PeerRow) -> dict[str, Any]:
    """Return a peer's columns; what has none goes into its options where it is not the default."""
    columns: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for field in dataclasses.fields(row):
        value = getattr(row, field.name)
        plain = list(value) if isinstance(value, tuple) else value
        if field.name in COLUMNS:
            columns[field.name] = plain
        elif value != field.default:
            options[field.name] = plain
    return {**columns, "options": options}
