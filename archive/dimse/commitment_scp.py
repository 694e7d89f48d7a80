"""N-ACTION of Storage Commitment (PS3.4 J.3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from archive.commitment.rules import (
    REQUEST_STORAGE_COMMITMENT,
    STORAGE_COMMITMENT,
    WELL_KNOWN_INSTANCE,
    read_wish,
)
from archive.commitment.services import request_commitment
from archive.dicom import encoding
from archive.dicom.status_codes import Status
from archive.dimse.commitment_report import ActionSink, report_at_once
from archive.dimse.statuses import commit_failure
from archive.upper_layer import command
from archive.upper_layer.command import Element, InvalidCommand
from archive.upper_layer.messages import DataSink, Operation, Request, Response
from pacs_hub.access.queries import peer_policies
from pacs_hub.kernel.errors import Malformed, Unknown
from pacs_hub.kernel.origin import Origin

WAIT: Final = timedelta(minutes=15)
"""How long objects that are not here yet are waited for, unless the peer's options say."""


class NoSuchAction(Malformed):
    """The SOP class has only one action (PS3.4 J.3.2)."""

    code = "no-such-action"


class NotThatInstance(Unknown):
    """Not the well-known instance of Storage Commitment (PS3.4 J.3.5)."""

    code = "no-such-instance"


def is_commitment(uid: str) -> bool:
    """Say whether `uid` is the Storage Commitment Push Model SOP Class."""
    return uid == STORAGE_COMMITMENT


def open_sink(_: Request) -> DataSink:
    """Keep the Action Information in memory."""
    return ActionSink()


def on_n_action(request: Request) -> Iterator[Response]:
    """Write the request down; success means that it will be answered."""
    if _action_type(request) != REQUEST_STORAGE_COMMITMENT:
        raise NoSuchAction("there is no such action")
    if request.command.sop_instance_uid != WELL_KNOWN_INSTANCE:
        raise NotThatInstance("storage commitment has one instance only")
    caller = request.caller
    wish = read_wish(encoding.decode(request.data_set(), transfer_syntax=request.transfer_syntax))
    row = request_commitment(
        wish=wish,
        ae_title=caller.calling_ae,
        origin=Origin.over_dimse(calling_ae=caller.calling_ae, address=caller.address),
        wait=_wait(peer_policies(caller.calling_ae)),
    )
    if isinstance(request.sink, ActionSink):
        request.sink.request_id = row.pk
    told: dict[int, bytes] = {Element.ACTION_TYPE_ID: command.us(REQUEST_STORAGE_COMMITMENT)}
    yield Response(status=Status.SUCCESS, elements=told)


def _action_type(request: Request) -> int:
    try:
        return request.command.number(Element.ACTION_TYPE_ID)
    except InvalidCommand as error:
        raise NoSuchAction("the action is not named") from error


def _wait(options: Mapping[str, Any]) -> timedelta:
    minutes = options.get("commit_wait_minutes")
    return WAIT if minutes is None else timedelta(minutes=minutes)


N_ACTION = Operation(
    perform=on_n_action,
    failure=commit_failure,
    open_sink=open_sink,
    afterwards=report_at_once,
)
