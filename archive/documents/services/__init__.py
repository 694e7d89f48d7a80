"""Attach documents to studies, and make DICOM objects of them."""

from archive.documents.services._attach import Attached, DocumentTarget, attach
from archive.documents.services._convert import Converter, convert, convert_due
from archive.documents.services._forget import forget

__all__ = [
    "Attached",
    "Converter",
    "DocumentTarget",
    "attach",
    "convert",
    "convert_due",
    "forget",
]
