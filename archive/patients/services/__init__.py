"""Register patients, keep their demographics and identifiers, and merge them."""

from archive.patients.services._identifiers import (
    ChangedIdentifier,
    IdentifierTaken,
    change_identifier,
    link,
    move_identifier,
    unlink,
)
from archive.patients.services._merge import (
    MergedElsewhere,
    OppositeMerge,
    UndoneAlready,
    merge,
    undo,
)
from archive.patients.services._register import (
    IdentifierReused,
    IdentifiersDisagree,
    NoIdentifier,
    enter_in_error,
    record_patient,
    register_patient,
)
from archive.patients.services._telling import Registration

__all__ = [
    "ChangedIdentifier",
    "IdentifierReused",
    "IdentifierTaken",
    "IdentifiersDisagree",
    "MergedElsewhere",
    "NoIdentifier",
    "OppositeMerge",
    "Registration",
    "UndoneAlready",
    "change_identifier",
    "enter_in_error",
    "link",
    "merge",
    "move_identifier",
    "record_patient",
    "register_patient",
    "undo",
    "unlink",
]
