"""C-FIND and C-MOVE we ask of others, Study Root (PS3.4 C.6.2; PS3.7 9.1.2, 9.1.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydicom import Dataset

from archive.dicom import encoding
from archive.requestor.association import Outgoing, PeerAway
from archive.upper_layer import command
from archive.upper_layer.command import Element, Field, InvalidCommand
from archive.upper_layer.messages import PENDING, SUCCESS, Message

FIND: Final = "1.2.840.10008.5.1.4.1.2.2.1"
MOVE: Final = "1.2.840.10008.5.1.4.1.2.2.2"
_MEDIUM: Final = b"\0\0"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """How a C-MOVE ended: its last status and the counts of its sub-operations."""

    status: int
    completed: int = 0
    failed: int = 0
    warnings: int = 0
    comment: str = ""

    @property
    def is_complete(self) -> bool:
        """Say whether everything came."""
        return self.status == SUCCESS and not self.failed


def c_find(association: Outgoing, identifier: Dataset, *, limit: int) -> Iterator[Dataset]:
    """Yield what matches, at most `limit`; answers that cannot be read are left out.

    Raises:
        PeerAway: it does not search, did not answer, or answered with a failure (peer-refused).
    """
    context = association.context_of(FIND)
    elements: dict[int, bytes] = {
        Element.COMMAND_FIELD: command.us(Field.C_FIND),
        Element.AFFECTED_SOP_CLASS_UID: command.ui(FIND),
        Element.PRIORITY: _MEDIUM,
    }
    found = 0
    encoded = encoding.encode(identifier, transfer_syntax=context.transfer_syntax)
    for message in association.responses(
        context_id=context.context_id, command=elements, data_set=(encoded,)
    ):
        if message.status not in PENDING:
            _check(association, message)
            continue  # it was the last one; who leaves a loop early aborts
        try:
            answer = encoding.decode(message.data_set, transfer_syntax=context.transfer_syntax)
        except encoding.NotADataSet:
            continue
        yield answer
        found += 1
        if found >= limit:
            return


def c_move(
    association: Outgoing, identifier: Dataset, *, destination: str, seconds: float
) -> Moved:
    """Have what is named sent to `destination`; `seconds` without a sign of life are too many.

    Raises:
        PeerAway: it does not move, or did not answer.
    """
    context = association.context_of(MOVE)
    elements: dict[int, bytes] = {
        Element.COMMAND_FIELD: command.us(Field.C_MOVE),
        Element.AFFECTED_SOP_CLASS_UID: command.ui(MOVE),
        Element.PRIORITY: _MEDIUM,
        Element.MOVE_DESTINATION: command.ae(destination),
    }
    encoded = encoding.encode(identifier, transfer_syntax=context.transfer_syntax)
    last: Message | None = None
    for message in association.responses(
        context_id=context.context_id,
        command=elements,
        data_set=(encoded,),
        seconds=seconds,
    ):
        last = message
    assert last is not None
    return Moved(
        status=last.status,
        completed=_count(last, Element.COMPLETED_SUBOPERATIONS),
        failed=_count(last, Element.FAILED_SUBOPERATIONS),
        warnings=_count(last, Element.WARNING_SUBOPERATIONS),
        comment=last.command.text(Element.ERROR_COMMENT),
    )


def _check(association: Outgoing, message: Message) -> None:
    if message.status != SUCCESS:
        comment = message.command.text(Element.ERROR_COMMENT)
        text = f"{association.peer.ae_title} answered 0x{message.status:04X} {comment}".rstrip()
        raise PeerAway(text, code="peer-refused")


def _count(message: Message, element: int) -> int:
    try:
        return message.command.number(element)
    except InvalidCommand:
        return 0
