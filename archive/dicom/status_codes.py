"""DIMSE status codes, each once (PS3.7 Annex C; PS3.4 B.2.3, C.4.1, F.7.2, K.4.1); pure."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """Status (0000,0900)."""

    # PS3.7 C.1, C.2, C.3
    SUCCESS = 0x0000
    CANCEL = 0xFE00
    PENDING = 0xFF00
    PENDING_KEYS_UNSUPPORTED = 0xFF01
    # PS3.7 C.4, C.5
    INVALID_ATTRIBUTE_VALUE = 0x0106
    PROCESSING_FAILURE = 0x0110
    DUPLICATE_SOP_INSTANCE = 0x0111
    NO_SUCH_SOP_INSTANCE = 0x0112
    INVALID_ARGUMENT_VALUE = 0x0115
    INVALID_SOP_INSTANCE = 0x0117
    MISSING_ATTRIBUTE = 0x0120
    MISSING_ATTRIBUTE_VALUE = 0x0121
    SOP_CLASS_NOT_SUPPORTED = 0x0122
    NO_SUCH_ACTION = 0x0123
    NOT_AUTHORISED = 0x0124
    DUPLICATE_TRANSACTION_UID = 0x0131
    RESOURCE_LIMITATION = 0x0213
    # PS3.4 B.2.3, C.4.1.1.4: storage and query
    OUT_OF_RESOURCES = 0xA700
    DOES_NOT_MATCH_SOP_CLASS = 0xA900
    CANNOT_UNDERSTAND = 0xC000
    REFUSED_BY_POLICY = 0xC100  # of the Cxxx that a service may choose from


# (0000,0903) of an N-SET on a final performed procedure step, PS3.4 F.7.2.2.
ERROR_ID_NO_LONGER_UPDATED = 0xA710
