"""Typed, loud readers of the environment: a wrong value stops the start with one line."""

from __future__ import annotations

import base64
import os
import re
import secrets
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

AE_TITLE: Final = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}")
AE_TITLE_RULE: Final = "1 to 16 characters of ASCII, no backslash, no space at either end"


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
    if not os.environ.get(name) and (path := os.environ.get(f"{name}_FILE")):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingError(f"{name}_FILE", path, f"cannot be read: {error.strerror}") from error
    return os.environ.get(name) or default


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


def env_float(name: str, default: float, *, minimum: float, maximum: float) -> float:
    """Return a number between `minimum` and `maximum`."""
    value = env_text(name, str(default))
    rule = f"a number from {minimum:g} to {maximum:g}"
    try:
        number = float(value)
    except ValueError as error:
        raise SettingError(name, value, rule) from error
    if not minimum <= number <= maximum:
        raise SettingError(name, value, rule)
    return number


def env_zone(name: str, default: str) -> str:
    """Return the name of a time zone of the tz database."""
    value = env_text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingError(name, value, "a tz database name such as Europe/Paris") from error
    return value


def env_address(name: str, default: str) -> str:
    """Return a literal IP address this machine may listen on."""
    value = env_text(name, default)
    try:
        return str(ip_address(value))
    except ValueError as error:
        rule = "an IP address such as 127.0.0.1, 0.0.0.0 or ::"
        raise SettingError(name, value, rule) from error


def env_ae_title(name: str, default: str) -> str:
    """Return an application entity title (PS3.5 6.2, VR AE)."""
    value = env_text(name, default)
    if not AE_TITLE.fullmatch(value) or value != value.strip():
        raise SettingError(name, value, AE_TITLE_RULE)
    return value


def env_url(name: str, default: str, *, schemes: Sequence[str]) -> str:
    """Return a URL with one of `schemes`; a refusal never repeats its password."""
    value = env_text(name, default)
    if not value:
        return value
    rule = "a URL that starts with " + " or ".join(f"{s}://" for s in schemes)
    try:
        parts = urlsplit(value)
        fits = parts.scheme in schemes and (parts.port is None or parts.port > 0)
    except ValueError:
        fits = False
    if not fits:
        raise SettingError(name, without_password(value), rule)
    return value


def without_password(url: str) -> str:
    """Return `url` with the user and password in front of its host hidden."""
    return re.sub(r"(//)[^/]*@", r"\1***@", url)


def env_file(name: str) -> str:
    """Return the path of a file that can be read, or "" where none is named."""
    value = env_text(name)
    try:
        if value:
            Path(value).open("rb").close()
    except OSError as error:
        raise SettingError(name, value, f"cannot be read: {error.strerror}") from error
    return value


def env_secret(name: str, *, kept_in: Path) -> str:
    """Return the secret; where none is given, the one made once in `kept_in`, mode 0600."""
    if given := env_text(name):
        return given
    try:
        return _kept_secret(kept_in)
    except OSError as error:
        rule = f"this directory must be writable: {error.strerror}"
        raise SettingError("HUB_HOME", str(kept_in.parent), rule) from error


def env_keys(name: str) -> tuple[bytes, ...]:
    """Return keys of 32 bytes, base64 with commas or spaces between; a refusal shows none."""
    keys: list[bytes] = []
    for word in re.split(r"[\s,]+", env_text(name)):
        try:
            key = base64.b64decode(word, altchars=b"-_", validate=True) if word else b""
        except ValueError:
            key = b"?"
        if word and len(key) != 32:
            raise SettingError(name, "***", "keys of 32 bytes in base64, such as 44 characters")
        keys += [key] if word else []
    return tuple(keys)


def _kept_secret(path: Path) -> str:
    """Read the secret, or make it; two processes that start together agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # the other process was faster: its secret is the one
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))
