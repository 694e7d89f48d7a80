"""Re-exports the tables of the slices, so that Django finds them under one label."""

from integrations.billing.models import Charge, ChargeLine, ExternalCharge
from integrations.hl7.inbox.map_models import MapDraft, MapOverride, MapSample
from integrations.hl7.inbox.models import InboundMessage, Kept, ParkedKey, Replay
from integrations.hl7.outbound.models import (
    OutboundAnswer,
    OutboundIncident,
    OutboundLine,
    OutboundMessage,
)

__all__ = [
    "Charge",
    "ChargeLine",
    "ExternalCharge",
    "InboundMessage",
    "Kept",
    "MapDraft",
    "MapOverride",
    "MapSample",
    "OutboundAnswer",
    "OutboundIncident",
    "OutboundLine",
    "OutboundMessage",
    "ParkedKey",
    "Replay",
]
