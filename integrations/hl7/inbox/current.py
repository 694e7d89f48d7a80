"""The routes this hub is configured with, for the doors and tasks that need them."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from integrations.hl7.inbox.rules import Routes


def routes() -> Routes:
    """Return the table that `HUB_HL7_ROUTES` names."""
    table: Routes = import_string(settings.HUB_HL7_ROUTES)
    return table
