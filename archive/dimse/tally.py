"""How far the sub-operations of a retrieve are, and how that is told (PS3.4 C.4.2.1, C.4.3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pydicom import Dataset

from archive.dicom import encoding
from archive.dicom.status_codes import Status
from archive.upper_layer import command
from archive.upper_layer.command import Element
from archive.upper_layer.messages import Request, Response

MOST_NAMED: Final = 1_000  # failed UIDs that fit into one value (PS3.5 6.2: 65,534 bytes)
_WARNINGS: Final = frozenset({0x0001, 0x0107, 0x0116})  # and 0xBxxx, PS3.7 C.3


@dataclass(kw_only=True)
class Tally:
    """How far the sub-operations are."""

    remaining: int
    completed: int = 0
    failed: int = 0
    warned: int = 0
    failed_uids: list[str] = field(default_factory=list)
    breaks: int = 0

    def count(self, sop_instance_uid: str, status: int) -> None:
        """Note the outcome of one."""
        if status == Status.SUCCESS:
            self.completed += 1
        elif status in _WARNINGS or status & 0xF000 == 0xB000:
            self.warned += 1
        else:
            self.failed += 1
            if self.names_wanted:
                self.failed_uids.append(sop_instance_uid)

    @property
    def names_wanted(self) -> int:
        """Return how many more failed instances will be named."""
        return MOST_NAMED - len(self.failed_uids)

    def give_up(self, number: int, *, named: Sequence[str]) -> None:
        """Note that so many will not be tried; the first of them are `named`."""
        self.failed += number
        self.failed_uids += named
        self.remaining = 0

    @property
    def status(self) -> Status:
        """Return the status of the last response (PS3.4 C.4.2.1.5)."""
        if not self.failed and not self.warned:
            return Status.SUCCESS
        if not self.completed and not self.warned:
            return Status.CANNOT_PERFORM_SUBOPERATIONS
        return Status.SUBOPERATIONS_WITH_FAILURES


def pending(tally: Tally) -> Response:
    """Return a response that tells how far it is."""
    return Response(status=Status.PENDING, elements=_counts(tally, with_remaining=True))


def last(request: Request, tally: Tally, *, status: Status) -> Response:
    """Return the last response, with the names of what did not arrive (PS3.4 C.4.2.1.4.2)."""
    data_set = b""
    if tally.failed_uids:
        identifier = Dataset()
        identifier.FailedSOPInstanceUIDList = tally.failed_uids
        data_set = encoding.encode(identifier, transfer_syntax=request.transfer_syntax)
    elements = _counts(tally, with_remaining=status == Status.CANCEL)
    return Response(status=status, data_set=data_set, elements=elements)


def _counts(tally: Tally, *, with_remaining: bool) -> dict[int, bytes]:
    counts: dict[int, int] = {
        Element.COMPLETED_SUBOPERATIONS: tally.completed,
        Element.FAILED_SUBOPERATIONS: tally.failed,
        Element.WARNING_SUBOPERATIONS: tally.warned,
    }
    if with_remaining:
        counts[Element.REMAINING_SUBOPERATIONS] = tally.remaining
    return {element: command.us(min(count, 0xFFFF)) for element, count in counts.items()}
