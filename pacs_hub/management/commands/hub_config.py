"""`manage.py hub_config apply FILE | check FILE | export | history | rollback N`."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from pacs_hub.kernel.errors import HubError
from pacs_hub.kernel.origin import Origin
from pacs_hub.site import maps, queries, services
from pacs_hub.site.models import SiteVersion
from pacs_hub.site.schema import parse
from pacs_hub.site.services import Applied


class Command(BaseCommand):
    """The site file: the whole configuration of a site, every version kept."""

    help = "Apply, check, export, list or roll back the site file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one of the five actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        for name, does in (("apply", "make it so"), ("check", "say what apply would change")):
            action = actions.add_parser(name, help=does)
            action.add_argument("file", help="a TOML file; - reads standard input")
        actions.add_parser("export", help="print the file in force")
        actions.add_parser("history", help="list every version")
        back = actions.add_parser("rollback", help="apply an earlier version again")
        back.add_argument("number", type=int)

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Do it; a fault is one line each and exit code 1."""
        self._make_tables()
        try:
            getattr(self, f"_{options['action']}")(options)
        except HubError as error:
            raise CommandError(error.text) from error

    def _make_tables(self) -> None:
        """Let a site file be applied before the hub was ever started."""
        if SiteVersion._meta.db_table not in connection.introspection.table_names():
            call_command("migrate", verbosity=0, interactive=False)

    def _apply(self, options: dict[str, Any]) -> None:
        text = _read(options["file"])
        self._tell(services.apply(text=text, origin=_origin()), "version {} is in force")

    def _check(self, options: dict[str, Any]) -> None:
        text = _read(options["file"])
        applied = services.check(text=text)
        if faults := maps.faults(parse(text).hl7_map):
            raise CommandError("\n".join(faults))
        self._tell(applied, "the file is good; it would be version {}")

    def _rollback(self, options: dict[str, Any]) -> None:
        applied = services.rollback(number=options["number"], origin=_origin())
        self._tell(applied, f"went back to {options['number']}; version {{}} is in force")

    def _export(self, options: dict[str, Any]) -> None:  # noqa: ARG002
        version = queries.latest_version()
        if version is None:
            raise CommandError("no site file was applied yet")
        self.stdout.write(version.text, ending="" if version.text.endswith("\n") else "\n")

    def _history(self, options: dict[str, Any]) -> None:  # noqa: ARG002
        for version in queries.history():
            at = version.applied_at.isoformat(timespec="seconds")
            count = len(version.changes)
            why = f"  {version.note}" if version.note else ""
            self.stdout.write(f"{version.number}  {at}  {version.applied_by}  {count} changes{why}")

    def _tell(self, applied: Applied, last: str) -> None:
        for change in applied.changes:
            self.stdout.write(change)
        for note in applied.notes:
            self.stdout.write(f"note: {note}")
        if not applied.changes:
            self.stdout.write("nothing changed")
        self.stdout.write(last.format(applied.number))


def _read(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read()
        return Path(name).read_text(encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name}: is not UTF-8") from error


def _origin() -> Origin:
    return Origin(door="command", actor=getpass.getuser())
