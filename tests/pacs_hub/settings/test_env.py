"""Settings are read loudly: one line with the name, the value and the rule."""

from __future__ import annotations

import base64
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from pacs_hub.settings import env
from pacs_hub.settings.env import SettingError


@pytest.mark.parametrize(
    ("read", "value", "rule"),
    [
        (lambda n: env.env_port(n, 1), "65536", "a whole number from 0 to 65535"),
        (lambda n: env.env_port(n, 1), "-1", "a whole number from 0 to 65535"),
        (lambda n: env.env_float(n, 1, minimum=0, maximum=9), "ten", "a number from 0 to 9"),
        (lambda n: env.env_float(n, 1, minimum=0, maximum=9), "nan", "a number from 0 to 9"),
        (lambda n: env.env_bool(n, False), "maybe", "one of 1, 0, true, false, yes, no, on, off"),
        (env.env_file, "/no/such/file", "cannot be read"),
        (lambda n: env.env_choice(n, "a", ("a", "b")), "c", "one of a, b"),
        (lambda n: env.env_zone(n, "UTC"), "Europe/Nowhere", "a tz database name such as"),
        (lambda n: env.env_zone(n, "UTC"), "../../etc/passwd", "a tz database name such as"),
        (lambda n: env.env_address(n, "::1"), "localhost", "an IP address such as"),
        (lambda n: env.env_ae_title(n, "A"), "SEVENTEEN_LETTERS", "1 to 16 characters"),
        (lambda n: env.env_ae_title(n, "A"), "BACK\\SLASH", "1 to 16 characters"),
        (lambda n: env.env_ae_title(n, "A"), " SPACE", "1 to 16 characters"),
        (lambda n: env.env_url(n, "", schemes=("redis",)), "http://x", "starts with redis://"),
        (lambda n: env.env_url(n, "", schemes=("redis",)), "redis://h:port", "starts with redis"),
    ],
)
def test_a_wrong_value_is_told_with_its_name_and_rule(
    monkeypatch: pytest.MonkeyPatch, read: Callable[[str], object], value: str, rule: str
) -> None:
    monkeypatch.setenv("HUB_X", value)
    with pytest.raises(SettingError) as told:
        read("HUB_X")
    text = str(told.value)
    assert text.startswith(f"HUB_X={value!r}: ")
    assert rule in text
    assert "\n" not in text


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_X", "")
    assert env.env_port("HUB_X", 104) == 104


def test_a_password_in_a_wrong_url_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_X", "mysql://hub:hunter2@db/hub")
    with pytest.raises(SettingError) as told:
        env.env_url("HUB_X", "", schemes=("postgresql",))
    assert "hunter2" not in str(told.value)
    assert "mysql://***@db/hub" in str(told.value)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    monkeypatch.setenv("HUB_X_FILE", str(tmp_path / "secret"))
    assert env.env_text("HUB_X") == "from the file"
    monkeypatch.setenv("HUB_X", "said directly")
    assert env.env_text("HUB_X") == "said directly"


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "secret-key"
    first = env.env_secret("HUB_NO_SUCH_SECRET", kept_in=path)
    assert len(first) >= 50
    assert env.env_secret("HUB_NO_SUCH_SECRET", kept_in=path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret-key"]


def test_a_dotenv_file_never_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HUB_X", "environment")
    monkeypatch.setenv("HUB_Y", "")  # restored after the test
    monkeypatch.delenv("HUB_Y")
    (tmp_path / ".env").write_text("# HUB_Z=1\nHUB_X=file\nHUB_Y='quoted value'\n")
    env.load_dotenv(tmp_path / ".env")
    assert env.env_text("HUB_X") == "environment"
    assert env.env_text("HUB_Y") == "quoted value"
    assert env.env_text("HUB_Z") == ""


def test_keys_are_read_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = b"1" * 32, b"2" * 32
    words = [base64.urlsafe_b64encode(key).decode() for key in (one, two)]
    monkeypatch.setenv("HUB_SOME_KEY", ", ".join(words))
    assert env.env_keys("HUB_SOME_KEY") == (one, two)
    for wrong in ("c2hvcnQ=", "not base64!", words[0][:-4]):
        monkeypatch.setenv("HUB_SOME_KEY", wrong)
        with pytest.raises(SettingError, match="32 bytes") as refusal:
            env.env_keys("HUB_SOME_KEY")
        assert wrong not in str(refusal.value)
    monkeypatch.delenv("HUB_SOME_KEY")
    assert env.env_keys("HUB_SOME_KEY") == ()
