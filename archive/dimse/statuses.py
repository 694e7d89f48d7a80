"""Error families to the status codes of verification and storage (PS3.4 B.2.3, PS3.7 C)."""

from __future__ import annotations

import logging
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
}
OUR_BUG: Final = Status.CANNOT_UNDERSTAND


def store_failure(error: Exception) -> Response:
    """Return the last response to a C-STORE (or C-ECHO) that raised `error`."""
    if isinstance(error, DatabaseError):
        logger.error("dimse.store.database_away", exc_info=error)
        return Response(status=STORE[Unavailable], comment="the index is not available")
    family = family_of(error)
    if family is None or not isinstance(error, HubError):
        logger.error("dimse.store.failed", exc_info=error)
        return Response(status=OUR_BUG, comment="processing failed")
    status = STORE_BY_CODE.get(error.error_code, STORE[family])
    return Response(status=status, comment="" if status == Status.SUCCESS else error.text)
