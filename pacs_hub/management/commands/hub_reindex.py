"""`manage.py hub_reindex`: rebuild the index from the stored objects alone."""

from __future__ import annotations

import time
from typing import Any, Final

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from archive.keeping import services
from archive.keeping.services import Reindexed
from archive.storage.current import area
from pacs_hub.access.queries import site
from pacs_hub.kernel.errors import Unavailable

TELL_SECONDS: Final = 2.0


class Command(BaseCommand):
    """Every stored object gets its row; rows and links that are there stay."""

    help = "Rebuild the index of studies, series and instances from the stored objects."

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Make the tables where there are none, then read every object."""
        call_command("migrate", verbosity=0, interactive=False)
        self._began = self._told = time.monotonic()
        try:
            done = services.reindex(
                area=area(), default_issuer=site().default_issuer, tell=self._tell
            )
        except Unavailable as error:
            raise CommandError(error.text) from error
        self._say(done)

    def _tell(self, done: Reindexed) -> None:
        if time.monotonic() - self._told > TELL_SECONDS:
            self._told = time.monotonic()
            self._say(done)

    def _say(self, done: Reindexed) -> None:
        rate = done.objects / max(time.monotonic() - self._began, 0.001)
        self.stdout.write(
            f"{done.objects} objects, {done.filed} filed, {done.known} known,"
            f" {done.aside} set aside, {rate:.0f} a second"
        )
