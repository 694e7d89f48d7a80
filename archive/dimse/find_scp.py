"""C-FIND on what the archive holds: Patient Root, Study Root, Patient/Study Only (PS3.4 C.4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

from pydicom import Dataset

from archive.dicom import encoding
from archive.dicom.status_codes import Status
from archive.dimse.find_answers import answer_of, encoded, wanted_of
from archive.dimse.find_keys import LEVELS, BadLevel, Question, read_question
from archive.dimse.find_negotiation import Agreed, agreed
from archive.dimse.statuses import find_failure
from archive.index.identifiers import details_of
from archive.index.queries import PAGE, Search, stream
from archive.index.zones import in_our_zone
from archive.upper_layer.messages import Operation, Request, Response, identifier_sink
from pacs_hub.access import queries
from pacs_hub.audit import services as audit
from pacs_hub.kernel.origin import Origin

ROW_CAP: Final = 10_000


def on_c_find(request: Request) -> Iterator[Response]:
    """Answer with what matches, one response each."""
    caller = request.caller
    query = encoding.decode(
        request.data_set(),
        transfer_syntax=request.transfer_syntax,
        character_set=caller.character_set,
    )
    options = agreed(request.extended)
    question = _understood(query, request, options)
    audit.record(
        action="query",
        object_type="study",
        object_id=caller.calling_ae,
        origin=Origin.over_dimse(calling_ae=caller.calling_ae, address=caller.address),
        detail=f"{question.level.lower()} level",
    )
    matches = question.matches
    if question.zone is not None:
        matches = in_our_zone(matches, asked_in=question.zone, ours=ZoneInfo(caller.time_zone))
    search = Search(
        level=LEVELS[question.level],
        matches=matches,
        principal=None,
        one_interval=options.combined or question.zone is not None,
        fuzzy=options.fuzzy,
    )
    rows = stream(search, most=ROW_CAP)
    wanted = wanted_of(query)
    asked = [int(key.tag) for key in wanted.values()]
    while page := list(islice(rows, PAGE)):
        details = details_of(page, asked=asked, principal=search.principal)
        for row in page:
            answer, complete = answer_of(wanted, question, row, details, caller)
            data = encoded(
                answer,
                transfer_syntax=request.transfer_syntax,
                preferred=caller.character_set,
            )
            status = Status.PENDING if complete else Status.PENDING_KEYS_UNSUPPORTED
            yield Response(status=status, data_set=data)
    yield Response(status=Status.SUCCESS)


def _understood(query: Dataset, request: Request, options: Agreed) -> Question:
    """Read the query as the standard has it, else as the caller's configuration lets it."""
    model = request.abstract_syntax
    try:
        return read_question(query, model=model, options=options)
    except BadLevel:
        if not queries.peer_policies(request.caller.calling_ae).get("lenient_hierarchy"):
            raise
    return read_question(query, model=model, options=options, is_lenient=True)


C_FIND: Final = Operation(perform=on_c_find, failure=find_failure, open_sink=identifier_sink)
