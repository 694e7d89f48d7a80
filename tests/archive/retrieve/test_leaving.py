"""What leaves is what came, unless it was corrected or the receiver cannot read it."""

from __future__ import annotations

import io

import pydicom
import pytest
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from archive.retrieve.leaving import leave
from archive.storage.filesystem import FilesystemArea
from tests.support.datasets import ct_instance, part10
from tests.support.stored import store, store_bytes

pytestmark = pytest.mark.django_db


def test_an_object_leaves_byte_for_byte_as_it_came(area: FilesystemArea) -> None:
    content = part10(ct_instance())
    row = store_bytes(content, area=area, transfer_syntax_uid=ExplicitVRLittleEndian)
    with leave(row, area=area) as leaving:
        assert b"".join(leaving.part10()) == content
        assert leaving.length == len(content)
        assert leaving.transfer_syntax_uid == ExplicitVRLittleEndian
        assert (leaving.sop_class_uid, leaving.sop_instance_uid) == (
            row.sop_class_uid,
            row.sop_instance_uid,
        )


def test_the_data_set_is_what_follows_the_file_meta_information(area: FilesystemArea) -> None:
    dataset = ct_instance()
    (row,) = store(dataset, area=area, transfer_syntax_uid=ImplicitVRLittleEndian)
    leaving = leave(row, area=area, accepted=[ExplicitVRLittleEndian, ImplicitVRLittleEndian])
    bare = b"".join(leaving.data_set())
    read = pydicom.dcmread(io.BytesIO(bare), force=True)
    assert read == dataset
