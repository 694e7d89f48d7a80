"""Re-exports the tables of the slices, so that Django finds them under one label."""

from integrations.billing.models import Charge, ChargeLine

__all__ = ["Charge", "ChargeLine"]
