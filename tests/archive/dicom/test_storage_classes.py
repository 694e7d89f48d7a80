"""Every storage class DICOM ever had is known, and nothing else passes for one."""

from __future__ import annotations

import pytest
from pydicom.uid import UID
from pynetdicom import AllStoragePresentationContexts

from archive.dicom.storage_classes import STORAGE_CLASSES, may_be_storage


def test_every_class_of_pynetdicom_is_known() -> None:
    theirs = {str(context.abstract_syntax) for context in AllStoragePresentationContexts}
    assert theirs <= STORAGE_CLASSES


@pytest.mark.parametrize(
    "uid",
    [
        "1.2.840.10008.1.1",  # Verification
        "1.2.840.10008.1.20.1",  # Storage Commitment
        "1.2.840.10008.1.3.10",  # DICOMDIR
        "1.2.840.10008.4.2",  # the storage service, not a class
        "1.2.840.10008.5.1.4.1.2.2.1",  # a query model
        "1.2.840.10008.5.1.4.31",  # the worklist
    ],
)
def test_what_is_known_as_something_else_is_no_storage(uid: str) -> None:
    assert uid not in STORAGE_CLASSES
    assert not may_be_storage(uid)


def test_a_class_below_the_root_that_we_do_not_know_may_be_storage() -> None:
    new = "1.2.840.10008.5.1.4.1.1.999.1"
    assert UID(new).name == new
    assert may_be_storage(new)
    assert not may_be_storage("1.2.3.4")
