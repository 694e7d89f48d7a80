"""Settings of the hub, grouped by subsystem; `pacs_hub.settings` is what runs."""

from pacs_hub.settings.base import *  # noqa: F403
