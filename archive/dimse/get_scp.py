"""C-GET: objects go back to the caller on its own association (PS3.4 C.4.3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator

from archive.dicom.status_codes import Status
from archive.dimse.query_retrieve import read_selection
from archive.dimse.statuses import retrieve_failure
from archive.dimse.suboperations import perform
from archive.models import Instance
from archive.requestor.store_scu import patience, store_command
from archive.retrieve.leaving import leave
from archive.retrieve.selection import choose
from archive.storage.current import area
from archive.upper_layer.messages import Conversation, Operation, Request, Response, identifier_sink
from pacs_hub.access import queries

SECONDS: float = 60.0  # for the caller to answer, besides the time its object's size takes


def on_c_get(request: Request) -> Iterator[Response]:
    """Send what the identifier selects back to the caller, telling how far it is."""
    conversation, caller = request.conversation, request.caller
    assert conversation is not None
    is_lenient = bool(queries.peer_policies(caller.calling_ae).get("lenient_hierarchy"))
    selection = read_selection(request, is_lenient=is_lenient)
    ways = _ways_back(conversation)
    yield from perform(
        request,
        choose(selection).ids,
        lambda row: _given_back(row, conversation, ways.get(row.sop_class_uid, {})),
        goes_to=caller.calling_ae,
        speaks_meanwhile=False,
    )


def _ways_back(conversation: Conversation) -> dict[str, dict[str, int]]:
    """Return context ids by SOP class and transfer syntax where the caller is the SCP."""
    ways: dict[str, dict[str, int]] = defaultdict(dict)
    for context_id, context in conversation.contexts.items():
        if context.caller_performs:
            ways[context.abstract_syntax].setdefault(context.transfer_syntax, context_id)
    return ways


def _given_back(
    row: Instance, conversation: Conversation, ways: dict[str, int]
) -> Generator[None, None, int]:
    """Store one object with the caller; one it has no context for fails (PS3.4 C.4.3.2)."""
    if not ways:
        return Status.SOP_CLASS_NOT_SUPPORTED
    with leave(row, area=area(), accepted=tuple(ways)) as leaving:
        answer = yield from conversation.asking(
            context_id=ways[leaving.transfer_syntax_uid],
            command=store_command(leaving),
            data_set=leaving.data_set(),
            seconds=patience(leaving, SECONDS),
        )
    return answer.status


C_GET = Operation(
    perform=on_c_get, failure=retrieve_failure, sees_cancel=True, open_sink=identifier_sink
)
