"""`manage.py hub_retention`: what the rules of retention would do, or with --apply do it now."""

from __future__ import annotations

from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser

from archive.keeping import queries, services
from archive.storage.current import area, has_cold_area
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Unavailable
from pacs_hub.kernel.origin import Origin
from worklist.reconcile.queries import studies_in_use

EVERYTHING: Final = 1_000_000_000


class Command(BaseCommand):
    """A dry run, unless told otherwise."""

    help = "List the studies the rules of retention act on now; --apply acts."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take whether to act."""
        either = parser.add_mutually_exclusive_group()
        either.add_argument("--apply", action="store_true", help="act now instead of listing")
        either.add_argument(
            "--dry-run", action="store_true", help="list only, which is the default"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """List, or act."""
        try:
            self._apply() if options["apply"] else self._list()
        except Unavailable as error:
            raise CommandError(error.text) from error

    def _list(self) -> None:
        rules = queries.retention_rules()
        if not rules:
            self.stdout.write("no rule: nothing is deleted or moved by itself")
        for rule in rules:
            count, size, kept = 0, 0, 0
            for due in queries.due(rule, now=clock.now(), veto=studies_in_use):
                does = f"kept: {due.kept_because}" if due.kept_because else rule.action
                self.stdout.write(
                    f"{due.study.study_instance_uid}  {due.number_of_instances} objects"
                    f"  {due.bytes} bytes  {does}"
                )
                kept += bool(due.kept_because)
                count += not due.kept_because
                size += 0 if due.kept_because else due.bytes
            self.stdout.write(
                f"rule {rule.name}: would {rule.action} {count} studies, {size} bytes;"
                f" {kept} are kept"
            )

    def _apply(self) -> None:
        done = services.apply_rules(
            area=area(),
            veto=studies_in_use,
            has_cold_area=has_cold_area(),
            limit=EVERYTHING,
            pages=EVERYTHING,
            after={},
            origin=Origin(door="command", actor="hub_retention"),
        )
        self.stdout.write(
            f"deleted {done.deleted}, moved {done.moved}, kept {done.kept} studies;"
            f" {done.bytes} bytes"
        )
