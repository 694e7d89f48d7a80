"""Number orders, keep what they say and what they request, and keep the catalogue."""

from worklist.orders.services._catalogue import replace_procedures
from worklist.orders.services._order import (
    AccessionNumberInUse,
    AccessionNumberTooLong,
    OrderStateForbids,
    change_order_row,
    create_order,
    follow_exam,
    move_order,
)
from worklist.orders.services._procedure import (
    NotAUid,
    StudyUidInUse,
    check_study_uid,
    describe_procedure,
    request_procedure,
)

__all__ = [
    "AccessionNumberInUse",
    "AccessionNumberTooLong",
    "NotAUid",
    "OrderStateForbids",
    "StudyUidInUse",
    "change_order_row",
    "check_study_uid",
    "create_order",
    "describe_procedure",
    "follow_exam",
    "move_order",
    "replace_procedures",
    "request_procedure",
]
