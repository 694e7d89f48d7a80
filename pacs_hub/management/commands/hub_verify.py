"""`manage.py hub_verify [--repair]`: read every stored object back and list what is off."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archive.documents.queries import originals
from archive.keeping import services
from archive.keeping.models import Finding
from archive.storage.current import area
from pacs_hub.access.queries import site
from pacs_hub.kernel.errors import Unavailable


class Command(BaseCommand):
    """Checksum, size, header, index row, orphans; exit 1 where anything stays off."""

    help = "Read every stored object back and list what is off."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to put right what can be."""
        parser.add_argument("--repair", action="store_true", help="heal what can be healed")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Verify."""
        try:
            count, still_open = services.verify_all(
                area=area(),
                default_issuer=site().default_issuer,
                repair=options["repair"],
                tell=self._tell,
                originals=originals(),
            )
        except Unavailable as error:
            raise CommandError(error.text) from error
        self.stdout.write(f"{count} objects read back, {still_open} findings open")
        if still_open:
            raise CommandError("the archive is not as it should be")

    def _tell(self, finding: Finding) -> None:
        self.stdout.write(f"{finding.state}  {finding.kind}  {finding.key}  {finding.text}")
