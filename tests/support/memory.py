"""How much memory this process holds."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_MEBIBYTE = 1024


def _status(key: str) -> int:
    """Return a line of /proc/self/status, in KiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{key}:"))


def resident_mib() -> float:
    """Return the resident memory in MiB."""
    gc.collect()
    return _status("VmRSS") / _MEBIBYTE


@contextmanager
def peak_growth() -> Iterator[Callable[[], float]]:
    """Yield what says how far, in MiB, the peak of the resident memory is above its start."""
    before = resident_mib()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts anew
    yield lambda: _status("VmHWM") / _MEBIBYTE - before
