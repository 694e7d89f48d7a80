"""`manage.py hub_backup DIR`: a consistent copy of a running embedded hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from pacs_hub.kernel.errors import HubError
from pacs_hub.processes import backup


class Command(BaseCommand):
    """Database, objects and secrets; into the same folder again it copies what is new."""

    help = "Copy a running embedded hub to a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the folder."""
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Copy."""
        try:
            done = backup.back_up(options["folder"].resolve())
        except HubError as error:
            raise CommandError(error.text) from error
        except OSError as error:
            raise CommandError(f"{options['folder']}: {error.strerror}") from error
        for url in done.elsewhere:
            self.stdout.write(f"note: objects in {url} are not copied; the bucket keeps them")
        for key in done.missing:
            self.stdout.write(f"missing  {key}")
        self.stdout.write(f"{done.objects} objects, {done.bytes} bytes in {options['folder']}")
        if done.missing:
            raise CommandError("rows without their objects; see hub_verify")
