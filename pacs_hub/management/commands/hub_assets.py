"""Fetch and build the front-end assets; quick when nothing changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pacs_hub.web import assets
from pacs_hub.web.viewer_build import ViewerHasChanged


class Command(BaseCommand):
    """`manage.py hub_assets`."""

    help = "fetch the locked front-end packages and build the viewer"
    requires_system_checks: list[str] = []  # noqa: RUF012

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make the assets and say whether anything had to be done."""
        try:
            done = assets.make()
        except (assets.AssetsUnavailable, ViewerHasChanged) as error:
            raise CommandError(str(error)) from error
        self.stdout.write("front-end assets built" if done else "front-end assets are up to date")
