"""The report of a storage commitment on the association that asked for it (PS3.4 J.3.3)."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.db import DatabaseError

from archive.commitment import services
from archive.commitment.queries import request_of, result
from archive.commitment.rules import STORAGE_COMMITMENT, WELL_KNOWN_INSTANCE
from archive.commitment.sender import NotTaken, check_answer
from archive.dicom import encoding
from archive.requestor.association import finished
from archive.storage.current import area
from archive.upper_layer import command
from archive.upper_layer.command import Element, Field
from archive.upper_layer.messages import MemorySink, Request
from pacs_hub.access.queries import peer_policies
from pacs_hub.kernel.errors import HubError

logger = logging.getLogger(__name__)

AT_ONCE: Final = timedelta(seconds=2)
ANSWER_SECONDS: Final = 30.0


class ActionSink(MemorySink):
    """The Action Information, and which request it became."""

    request_id: int | None = None


def report_at_once(request: Request) -> None:
    """Report on this very association, where the peer wants that and it takes no time."""
    request_id = request.sink.request_id if isinstance(request.sink, ActionSink) else None
    if request_id is None:
        return
    try:
        if peer_policies(request.caller.calling_ae).get("commit_same_association"):
            _report_if_done(request, request_id)
    except DatabaseError as error:  # the sweep goes on with it
        logger.error("dimse.commitment.database_away", exc_info=error)


def _report_if_done(request: Request, request_id: int) -> None:
    done = services.check_now(request_id=request_id, area=area(), within=AT_ONCE)
    if not done or not services.claim_report(request_id=request_id):
        return
    is_settled = False
    try:
        _ask(request, request_id)
        services.told(request_id=request_id)
        is_settled = True
    except NotTaken as error:
        services.not_told(request_id=request_id, code=error.error_code, text=error.text)
        is_settled = True
    except HubError as error:  # the caller left: it is told on a new association
        logger.info("dimse.commitment.caller_left", extra={"code": error.error_code})
    finally:
        if not is_settled:
            services.put_back(request_id=request_id)


def _ask(request: Request, request_id: int) -> None:
    conversation, caller = request.conversation, request.caller
    assert conversation is not None
    context_id = next(
        number
        for number, context in conversation.contexts.items()
        if context.abstract_syntax == STORAGE_COMMITMENT
    )
    syntax = conversation.contexts[context_id].transfer_syntax
    event_type, report = result(request_of(request_id), retrieve_ae_title=caller.called_ae)
    elements: dict[int, bytes] = {
        Element.COMMAND_FIELD: command.us(Field.N_EVENT_REPORT),
        Element.AFFECTED_SOP_CLASS_UID: command.ui(STORAGE_COMMITMENT),
        Element.AFFECTED_SOP_INSTANCE_UID: command.ui(WELL_KNOWN_INSTANCE),
        Element.EVENT_TYPE_ID: command.us(event_type),
    }
    data = (encoding.encode(report, transfer_syntax=syntax),)
    asking = conversation.asking(
        context_id=context_id, command=elements, data_set=data, seconds=ANSWER_SECONDS
    )
    answer = finished(asking)
    comment = answer.command.text(Element.ERROR_COMMENT)
    check_answer(answer.status, ae_title=caller.calling_ae, comment=comment)
