"""The beginning of a Part 10 file: preamble and File Meta Information (PS3.10 7.1); pure."""

from __future__ import annotations

import functools
import struct
from typing import Final

_PREAMBLE: Final = b"\0" * 128 + b"DICM"


def file_header(
    *,
    sop_class_uid: str,
    sop_instance_uid: str,
    transfer_syntax_uid: str,
    source_ae_title: str,
    receiving_ae_title: str,
    implementation_class_uid: str,
    implementation_version_name: str,
) -> bytes:
    """Return everything that stands before the data set, Explicit VR Little Endian."""
    instance = _element(0x0003, b"UI", sop_instance_uid)
    before, after = _around_instance(
        sop_class_uid,
        transfer_syntax_uid,
        source_ae_title,
        receiving_ae_title,
        implementation_class_uid,
        implementation_version_name,
    )
    length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(before) + len(instance) + len(after))
    return b"".join((_PREAMBLE, length, before, instance, after))


@functools.lru_cache(maxsize=256)
def _around_instance(
    sop_class_uid: str,
    transfer_syntax_uid: str,
    source_ae_title: str,
    receiving_ae_title: str,
    implementation_class_uid: str,
    implementation_version_name: str,
) -> tuple[bytes, bytes]:
    """Return what is the same for all objects of a class from one device."""
    before = (
        struct.pack("<HH2sHI2s", 2, 0x0001, b"OB", 0, 2, b"\0\1"),
        _element(0x0002, b"UI", sop_class_uid),
    )
    after = (
        _element(0x0010, b"UI", transfer_syntax_uid),
        _element(0x0012, b"UI", implementation_class_uid),
        _element(0x0013, b"SH", implementation_version_name),
        _element(0x0016, b"AE", source_ae_title),
        _element(0x0017, b"AE", source_ae_title),
        _element(0x0018, b"AE", receiving_ae_title),
    )
    return b"".join(before), b"".join(after)


def _element(number: int, vr: bytes, text: str) -> bytes:
    value = text.encode("latin-1", "replace")
    value += (b"\0" if vr == b"UI" else b" ") * (len(value) % 2)
    return struct.pack("<HH2sH", 2, number, vr, len(value)) + value
