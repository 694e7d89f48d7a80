"""Differences for tests only."""

from pacs_hub.settings.base import *  # noqa: F403
