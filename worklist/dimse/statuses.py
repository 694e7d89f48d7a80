"""Error families to the status codes of worklist and performed steps (PS3.4 K.4.1, F.7.2)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from django.db import DatabaseError

from archive.dicom.status_codes import ERROR_ID_NO_LONGER_UPDATED, Status
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

FIND: Final[dict[type[HubError], Status]] = {
    Malformed: Status.DOES_NOT_MATCH_SOP_CLASS,
    Unknown: Status.SUCCESS,  # what does not exist is an empty answer
    Conflict: Status.CANNOT_UNDERSTAND,
    Unavailable: Status.OUT_OF_RESOURCES,
}
FIND_BUG: Final = Status.CANNOT_UNDERSTAND

PERFORMED: Final[dict[type[HubError], Status]] = {
    Malformed: Status.INVALID_ATTRIBUTE_VALUE,
    Unknown: Status.NO_SUCH_SOP_INSTANCE,
    Conflict: Status.PROCESSING_FAILURE,
    Unavailable: Status.RESOURCE_LIMITATION,
}
# Named cases that PS3.7 C.4 and C.5 give a code of their own.
PERFORMED_BY_CODE: Final[dict[str, Status]] = {
    "duplicate-sop-instance": Status.DUPLICATE_SOP_INSTANCE,
    "missing-attribute": Status.MISSING_ATTRIBUTE,
    "missing-value": Status.MISSING_ATTRIBUTE_VALUE,
    "end-missing": Status.MISSING_ATTRIBUTE_VALUE,
    "bad-uid": Status.INVALID_SOP_INSTANCE,
}
PERFORMED_ERROR_IDS: Final[dict[str, int]] = {
    "step-already-final": ERROR_ID_NO_LONGER_UPDATED,
}
PERFORMED_BUG: Final = Status.PROCESSING_FAILURE


def find_failure(error: Exception) -> Response:
    """Return the last response to a C-FIND that raised `error`."""
    return _failure(error, table=FIND, by_code={}, bug=FIND_BUG)


def performed_failure(error: Exception) -> Response:
    """Return the response to an N-CREATE or N-SET that raised `error`."""
    return _failure(error, table=PERFORMED, by_code=PERFORMED_BY_CODE, bug=PERFORMED_BUG)


def _failure(
    error: Exception,
    *,
    table: Mapping[type[HubError], Status],
    by_code: Mapping[str, Status],
    bug: Status,
) -> Response:
    if isinstance(error, DatabaseError):
        logger.error("dimse.worklist.database_away", exc_info=error)
        return Response(status=table[Unavailable], comment="the database is not available")
    family = family_of(error)
    if family is None or not isinstance(error, HubError):
        logger.error("dimse.worklist.failed", exc_info=error)
        return Response(status=bug, comment="processing failed")
    return Response(
        status=by_code.get(error.error_code, table[family]),
        comment=error.text,
        error_id=PERFORMED_ERROR_IDS.get(error.error_code),
    )
