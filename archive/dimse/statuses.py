"""Error families to the status codes of storage, query, retrieve (PS3.4 B.2.3, C.4; PS3.7 C)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from django.db import DatabaseError

from archive.dicom.status_codes import Status
from archive.upper_layer.messages import Response
from pacs_hub.kernel.errors import (
    Conflict,
    HubError,
    Malformed,
    Unavailable,
    Unknown,
    family_of,
)

logger = logging.getLogger(__name__)

STORE: Final[dict[type[HubError], Status]] = {
    Malformed: Status.CANNOT_UNDERSTAND,
    Unknown: Status.CANNOT_UNDERSTAND,
    Conflict: Status.SUCCESS,  # kept aside for a person: refusing makes modalities drop images
    Unavailable: Status.OUT_OF_RESOURCES,
}
# Named cases that PS3.4 B.2.3 and PS3.7 C.5 give a code of their own.
STORE_BY_CODE: Final[dict[str, Status]] = {
    "class-mismatch": Status.DOES_NOT_MATCH_SOP_CLASS,
    "missing-identity": Status.DOES_NOT_MATCH_SOP_CLASS,
    "bad-uid": Status.INVALID_SOP_INSTANCE,
    "missing-patient-id": Status.DOES_NOT_MATCH_SOP_CLASS,
    "unknown-sop-class": Status.SOP_CLASS_NOT_SUPPORTED,
    "refused-by-policy": Status.REFUSED_BY_POLICY,
}
FIND: Final[dict[type[HubError], Status]] = {
    Malformed: Status.DOES_NOT_MATCH_SOP_CLASS,
    Unknown: Status.SUCCESS,  # what does not exist is an empty answer
    Conflict: Status.CANNOT_UNDERSTAND,
    Unavailable: Status.OUT_OF_RESOURCES,
}
COMMIT: Final[dict[type[HubError], Status]] = {
    Malformed: Status.INVALID_ARGUMENT_VALUE,
    Unknown: Status.NO_SUCH_SOP_INSTANCE,
    Conflict: Status.PROCESSING_FAILURE,
    Unavailable: Status.RESOURCE_LIMITATION,
}
# PS3.7 10.1.4.1.10, and the reason PS3.3 C.14.1.1 has for a Transaction UID used twice.
COMMIT_BY_CODE: Final[dict[str, Status]] = {
    "no-such-action": Status.NO_SUCH_ACTION,
    "duplicate-transaction": Status.DUPLICATE_TRANSACTION_UID,
}
RETRIEVE: Final[dict[type[HubError], Status]] = {
    Malformed: Status.DOES_NOT_MATCH_SOP_CLASS,
    Unknown: Status.CANNOT_UNDERSTAND,
    Conflict: Status.CANNOT_UNDERSTAND,
    Unavailable: Status.CANNOT_COUNT_MATCHES,
}
# Named cases of PS3.4 C.4.2.1.5 and PS3.7 C.4.
RETRIEVE_BY_CODE: Final[dict[str, Status]] = {
    "unknown-destination": Status.MOVE_DESTINATION_UNKNOWN,
    "destination-not-permitted": Status.NOT_AUTHORISED,
}
OUR_BUG: Final = Status.CANNOT_UNDERSTAND


def store_failure(error: Exception) -> Response:
    """Return the last response to a C-STORE (or C-ECHO) that raised `error`."""
    return response_to(error, table=STORE, by_code=STORE_BY_CODE, bug=OUR_BUG)


def find_failure(error: Exception) -> Response:
    """Return the last response to a C-FIND that raised `error`."""
    return response_to(error, table=FIND, by_code={}, bug=OUR_BUG)


def commit_failure(error: Exception) -> Response:
    """Return the response to an N-ACTION of Storage Commitment that raised `error`."""
    return response_to(error, table=COMMIT, by_code=COMMIT_BY_CODE, bug=Status.PROCESSING_FAILURE)


def retrieve_failure(error: Exception) -> Response:
    """Return the last response to a C-MOVE or C-GET that raised `error`."""
    return response_to(error, table=RETRIEVE, by_code=RETRIEVE_BY_CODE, bug=OUR_BUG)


def response_to(
    error: Exception,
    *,
    table: Mapping[type[HubError], Status],
    by_code: Mapping[str, Status],
    bug: Status,
) -> Response:
    """Return the last response for `error` by its code, else its family; a bug tells nothing."""
    if isinstance(error, DatabaseError):
        logger.error("dimse.database_away", exc_info=error)
        return Response(status=table[Unavailable], comment="the database is not available")
    family = family_of(error)
    if family is None or not isinstance(error, HubError):
        logger.error("dimse.operation.failed", exc_info=error)
        return Response(status=bug, comment="processing failed")
    status = by_code.get(error.error_code, table[family])
    return Response(status=status, comment="" if status == Status.SUCCESS else error.text)
