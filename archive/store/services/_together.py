"""One commit for the rows of all associations of this process that wait for one (SQLite).

SQLite has one writer at a time, and each commit waits for the disk. Whoever gets to write takes
the rows of those who wait behind it along; each caller returns only when its row is durable.

The processes that store take turns by a lock on a file of their own: who waits for SQLite itself
sleeps, a hundredth of a second and longer, while the database is free again after a thousandth.
"""

from __future__ import annotations

import fcntl
import functools
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection
from django.db.utils import IntegrityError


class _Waiting:
    """One statement, and what became of it."""

    __slots__ = ("changed", "error", "is_done", "parameters", "statement")

    def __init__(self, statement: str, parameters: list[Any]) -> None:
        self.statement = statement
        self.parameters = parameters
        self.is_done = False
        self.changed = 0
        self.error: BaseException | None = None


_writer: Final = threading.Lock()
_queue: Final[deque[_Waiting]] = deque()


def execute(statement: str, parameters: list[Any]) -> int:
    """Execute one statement durably and return how many rows it changed.

    Raises:
        IntegrityError: the statement itself broke a constraint; the others are not touched.
    """
    mine = _Waiting(statement, parameters)
    _queue.append(mine)
    with _writer:
        if not mine.is_done:
            with _turn():
                _write(_taken())
    if mine.error is not None:
        raise mine.error
    return mine.changed


@contextmanager
def _turn() -> Iterator[None]:
    handle = _turns(str(connection.settings_dict["NAME"]))
    if handle is None:
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


@functools.lru_cache(maxsize=4)
def _turns(database: str) -> int | None:
    """Return the open file the processes of a database take turns by; None for one in memory."""
    if not os.path.exists(database):
        return None
    return os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _taken() -> list[_Waiting]:
    return [_queue.popleft() for _ in range(len(_queue))]


def _write(batch: list[_Waiting]) -> None:
    """Execute the batch in one transaction; where that fails nothing of it was done."""
    try:
        connection.ensure_connection()
        database = connection.connection
        with connection.wrap_database_errors:
            if len(batch) == 1:
                _execute(database, batch[0])  # a transaction of its own
            else:
                _execute_all(database, batch)
    except BaseException as error:
        for each in batch:
            each.error = error
        raise
    finally:
        for each in batch:
            each.is_done = True


def _execute_all(database: Any, batch: list[_Waiting]) -> None:
    database.execute("BEGIN IMMEDIATE")
    try:
        for each in batch:
            _execute(database, each)
        database.execute("COMMIT")
    except BaseException:
        database.rollback()
        raise


def _execute(database: Any, each: _Waiting) -> None:
    """Execute one of several; one that breaks a constraint leaves the transaction whole."""
    try:
        with connection.wrap_database_errors:
            each.changed = database.execute(each.statement, each.parameters).rowcount
    except IntegrityError as error:
        each.error = error
