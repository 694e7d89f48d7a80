"""Wait for something to become true, with an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(look: Callable[[], T], *, seconds: float, what: str, pause: float = 0.1) -> T:
    """Return the first truthy answer of `look`; fail after `seconds`, saying `what` never came."""
    until = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds:g} s: {what} (last: {found!r})")
        time.sleep(pause)
