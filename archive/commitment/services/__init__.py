"""Take requests for storage commitment, check what they name, and follow up the reports."""

from archive.commitment.services._check import check_due, check_now
from archive.commitment.services._report import (
    claim_report,
    due_reports,
    forget_told,
    not_told,
    put_back,
    told,
)
from archive.commitment.services._request import (
    DuplicateTransaction,
    NoSuchRequest,
    NotGivenUp,
    request_commitment,
    retry,
)

__all__ = [
    "DuplicateTransaction",
    "NoSuchRequest",
    "NotGivenUp",
    "check_due",
    "check_now",
    "claim_report",
    "due_reports",
    "forget_told",
    "not_told",
    "put_back",
    "request_commitment",
    "retry",
    "told",
]
