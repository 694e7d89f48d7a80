"""Die with the parent: no process of the hub outlives the one that watches it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

PR_SET_PDEATHSIG: Final = 1
"""prctl(2): the signal this process gets when its parent ends; survives execve(2)."""

WATCHED_BY: Final = "HUB_WATCHED_BY"
"""Environment variable: the process id of the parent that starts this process again."""


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent is gone, however it went.

    Its own children are then watched by it. Outside the supervisor's care, or on a kernel
    without prctl(2), nothing happens.
    """
    parent = os.environ.get(WATCHED_BY)
    if parent is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):  # it went before we asked
        os.kill(os.getpid(), signal.SIGKILL)
    os.environ[WATCHED_BY] = str(os.getpid())
