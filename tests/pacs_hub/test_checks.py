"""What the start-up checks find."""

from __future__ import annotations

from pathlib import Path

from pytest_django import Settings

from pacs_hub import checks


def test_two_doors_on_one_port(settings: Settings) -> None:
    settings.HUB_HTTP_PORT = settings.HUB_MLLP_PORT = 2575
    (error,) = checks.check_ports_differ()
    assert error.id == "pacs_hub.E001"
    assert error.msg == "HUB_MLLP_PORT=2575: must differ from HUB_HTTP_PORT"


def test_two_closed_doors_are_no_clash(settings: Settings) -> None:
    settings.HUB_HTTP_PORT = settings.HUB_MLLP_PORT = 0
    assert checks.check_ports_differ() == []


def test_a_home_that_is_not_there(settings: Settings, tmp_path: Path) -> None:
    settings.HUB_HOME = tmp_path / "nowhere"
    assert [error.id for error in checks.check_home()] == ["pacs_hub.E002"]


def test_an_ae_title_of_seventeen_characters(settings: Settings) -> None:
    settings.HUB_AE_TITLE = "SEVENTEEN_LETTERS"
    assert [error.id for error in checks.check_ae_title()] == ["pacs_hub.E003"]
    settings.HUB_AE_TITLE = "SIXTEEN_LETTERS_"
    assert checks.check_ae_title() == []
