"""The site file from the command line."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from integrations.hl7.inbox import services as inbox
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.map_trials import keep_sample
from integrations.hl7.inbox.models import InboundMessage
from tests.pacs_hub.site.test_hl7_map import PEER
from tests.pacs_hub.site.test_schema import EXAMPLE, SITE
from tests.support.messages import orm_o01

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("hub_config", *arguments, stdout=out)
    return out.getvalue()


def test_a_file_is_checked_applied_exported_and_listed() -> None:
    assert "it would be version 1" in run("check", str(EXAMPLE))
    assert run("apply", str(EXAMPLE)).splitlines()[-1] == "version 1 is in force"
    assert run("export") == EXAMPLE.read_text(encoding="utf-8")
    assert run("history").startswith("1  ")
    assert run("apply", str(EXAMPLE)).startswith("nothing changed")


def test_an_earlier_version_comes_back(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(SITE, encoding="utf-8")
    run("apply", str(EXAMPLE))
    run("apply", str(other))
    assert "went back to 1; version 3 is in force" in run("rollback", "1")


def test_a_wrong_file_ends_with_its_faults(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SITE + 'colour = "red"\n', encoding="utf-8")
    with pytest.raises(CommandError, match=r"\[site\] colour: is not a key"):
        run("apply", str(wrong))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="nowhere.toml: No such file"):
        run("apply", str(tmp_path / "nowhere.toml"))


def test_there_is_nothing_to_export_before_the_first_file() -> None:
    with pytest.raises(CommandError, match="no site file was applied yet"):
        run("export")


def test_a_sample_that_would_be_read_otherwise_fails_the_check(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SITE + PEER, encoding="utf-8")
    run("apply", str(file))
    raw = orm_o01(accession="A1").encode()
    inbox.receive(raw=raw, address="127.0.0.1", routes=routes())
    number = InboundMessage.objects.get().pk
    keep_sample(message_id=number, name="plain", draft=(), by="ann", routes=routes())
    run("check", str(file))
    moved = 'kind = "move"\nmap = "orm2order"\nfield = "accession_number"\nfrom = "ZOR-1"\n'
    file.write_text(f'{SITE}{PEER}[[hl7_map]]\nname = "m"\n{moved}', encoding="utf-8")
    with pytest.raises(CommandError, match="sample plain: no longer orm2order accession_number"):
        run("check", str(file))
