"""Typed, loud readers of the environment: a wrong value stops the start with one line."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


class SettingError(SystemExit):
    """A setting that cannot be used; ends the process with its one line."""

    def __init__(self, name: str, value: str, rule: str) -> None:
        super().__init__(f"{name}={value!r}: {rule}")


def load_dotenv(path: Path) -> None:
    """Read `NAME=value` lines of `path` into the environment; what is set already wins."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.partition("=")
        if separator and not name.lstrip().startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def env_text(name: str, default: str = "") -> str:
    """Return the setting, or what stands in the file that `NAME_FILE` names."""
    if (path := os.environ.get(f"{name}_FILE")) and name not in os.environ:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE", path, f"cannot be read: {error.strerror}") from error
    return os.environ.get(name, default)


def env_int(name: str, default: int, *, minimum: int, maximum: int) -> int:
    """Return a whole number between `minimum` and `maximum`."""
    value = env_text(name, str(default))
    rule = f"a whole number from {minimum} to {maximum}"
    try:
        number = int(value)
    except ValueError as error:
        raise SettingError(name, value, rule) from error
    if not minimum <= number <= maximum:
        raise SettingError(name, value, rule)
    return number


def env_port(name: str, default: int) -> int:
    """Return a TCP port; 0 closes the door."""
    return env_int(name, default, minimum=0, maximum=65535)


def env_choice(name: str, default: str, choices: Sequence[str]) -> str:
    """Return one of `choices`."""
    value = env_text(name, default)
    if value not in choices:
        raise SettingError(name, value, "one of " + ", ".join(choices))
    return value


def env_bool(name: str, default: bool) -> bool:
    """Return 1/0, true/false, yes/no or on/off as a bool."""
    value = env_text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingError(name, value, "one of 1, 0, true, false, yes, no, on, off")
