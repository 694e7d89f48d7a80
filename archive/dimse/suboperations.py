"""The sub-operations of C-MOVE and C-GET, one object after the other (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Final

from archive.dicom.status_codes import Status
from archive.dimse.tally import Tally, last, pending
from archive.models import Instance
from archive.retrieve.selection import let_go, names_of, rows_of
from archive.upper_layer.messages import Request, Response
from pacs_hub.audit import services as audit
from pacs_hub.kernel.errors import HubError
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)

Deliver = Callable[[Instance], Generator[None, None, int]]
"""Sends one object and returns the status of its C-STORE; yields while that takes time."""

BEAT: Final = 0.5  # seconds between two pending responses
PATIENCE: Final = 2.0  # seconds after which an object is a slow one
BREAKS: Final = 3  # objects in a row that broke their associations
_HOPELESS: Final = frozenset({"peer-unreachable", "peer-rejected", "peer-silent", "peer-leaves"})


def perform(
    request: Request,
    ids: Sequence[int],
    deliver: Deliver,
    *,
    goes_to: str,
    speaks_meanwhile: bool,
) -> Iterator[Response]:
    """Deliver the instances in their order, telling how far it is, until all is done or cancelled.

    `speaks_meanwhile` says whether the caller may be told while an object is on its way.
    """
    assert request.conversation is not None
    tally = Tally(remaining=len(ids))
    spoken = time.monotonic()
    for place, row in rows_of(ids):
        if request.conversation.is_cancelled():
            yield last(request, tally, status=Status.CANCEL)
            return
        _write_down(request, row, goes_to)
        tally.remaining = len(ids) - place
        attempt, begun = _outcome(deliver(row), tally), time.monotonic()
        while (status := next(attempt)) is None:
            if begun and time.monotonic() - begun > PATIENCE:
                begun = 0.0
                let_go()
            if speaks_meanwhile and time.monotonic() - spoken > BEAT:
                spoken = time.monotonic()
                yield pending(tally)
        tally.remaining -= 1
        tally.count(row.sop_instance_uid, status)
        if tally.breaks >= BREAKS:
            rest = ids[place + 1 :]
            tally.give_up(len(rest), named=names_of(rest[: tally.names_wanted]))
            break
        if time.monotonic() - spoken > BEAT:
            spoken = time.monotonic()
            yield pending(tally)
    yield last(request, tally, status=tally.status)


def _outcome(delivering: Generator[None, None, int], tally: Tally) -> Iterator[int | None]:
    """Yield None while an object is on its way, then its status; one that cannot go has failed."""
    try:
        status = Status.CANNOT_UNDERSTAND + 0
        while True:
            try:
                next(delivering)
            except StopIteration as end:
                status = end.value
                break
            yield None
        tally.breaks = 0
    except (HubError, OSError) as error:
        code = error.error_code if isinstance(error, HubError) else "cannot-read"
        logger.warning("dimse.suboperation.failed", extra={"code": code})
        if code in _HOPELESS:
            tally.breaks = BREAKS
        elif code == "peer-aborted":
            tally.breaks += 1
    yield status


def _write_down(request: Request, row: Instance, goes_to: str) -> None:
    """Leave one audit row for each study and association, before anything of it goes."""
    assert request.conversation is not None
    caller = request.caller
    if request.conversation.first_time(f"{row.study_id} to {goes_to}"):
        audit.record(
            action="export",
            object_type="study",
            object_id=row.study.study_instance_uid,
            origin=Origin.over_dimse(calling_ae=caller.calling_ae, address=caller.address),
            patient_id=row.study.patient_id,
            detail=f"to {goes_to}",
        )
