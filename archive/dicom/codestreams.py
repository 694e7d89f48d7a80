"""What compressed pictures say of themselves: JPEG, JPEG-LS, JPEG 2000, HTJ2K; pure.

ISO/IEC 10918-1 B.2, 14495-1 C.1, 15444-1 A, 15444-15 A; transfer syntaxes of PS3.5 A.4.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pacs_hub.kernel.errors import Malformed

_JPEG_LOSSLESS_FIRST_ORDER: Final = "1.2.840.10008.1.2.4.70"
_JPEG_LOSSLESS: Final = "1.2.840.10008.1.2.4.57"
_BY_FRAME_MARKER: Final = {0xC0: "1.2.840.10008.1.2.4.50", 0xC1: "1.2.840.10008.1.2.4.51"}
_FRAME_MARKERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_START_OF_SCAN, _END, _ADOBE, _JPEG_LS_FRAME = 0xDA, 0xD9, 0xEE, 0xF7
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_J2K_START: Final = b"\xff\x4f\xff\x51"
_SIZ, _COD, _CAP, _SOT = 0xFF51, 0xFF52, 0xFF50, 0xFF90
_HIGH_THROUGHPUT: Final = 0x00020000
_RGB_IDS: Final = (0x52, 0x47, 0x42)


class NotACodestream(Malformed):
    """Not a picture in a compression that DICOM has a transfer syntax for."""

    code = "not-a-codestream"


@dataclass(frozen=True, kw_only=True)
class Codestream:
    """One compressed frame. `method` is the code of its lossy compression (PS3.3 C.7.6.1.1.5)."""

    transfer_syntax_uid: str
    rows: int
    columns: int
    samples: int
    bits: int
    photometric: str
    is_signed: bool = False
    method: str = ""


def codestream_of(data: bytes) -> Codestream:
    """Read the head of a frame; `data` holds at least everything before its first scan.

    Raises:
        NotACodestream: it is none that is known, or broken.
    """
    try:
        if data[:2] == b"\xff\xd8":
            found = _jpeg(data)
        else:
            found = _jpeg_2000(data[jpeg_2000_start(data) :])
    except (struct.error, IndexError) as error:
        raise NotACodestream("the compressed picture is cut off") from error
    if not (found.rows and found.columns and found.samples in {1, 3}):
        raise NotACodestream("the compressed picture has no size, or a colour space of its own")
    return found


def jpeg_2000_start(data: bytes) -> int:
    """Return where the codestream starts: JP2 boxes around it stay outside (PS3.5 A.4.4).

    Raises:
        NotACodestream: there is none.
    """
    start = 0 if data.startswith(_J2K_START) else data.find(b"jp2c" + _J2K_START) + 4
    if start == 3:
        raise NotACodestream("neither JPEG, JPEG-LS nor JPEG 2000")
    return start


def _segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield marker and content of each JPEG segment up to the first scan."""
    position = 2
    while True:
        if data[position] != 0xFF:
            raise NotACodestream("the JPEG picture is broken")
        marker = data[position + 1]
        position += 1 if marker == 0xFF else 2  # fill bytes, B.1.1.2
        if marker == 0xFF or marker in _ALONE:
            continue
        if marker == _END:
            return
        (length,) = struct.unpack_from(">H", data, position)
        yield marker, data[position + 2 : position + length]
        if marker == _START_OF_SCAN:
            return
        position += length


def _jpeg(data: bytes) -> Codestream:
    frame, kind, adobe = b"", 0, -1
    for marker, content in _segments(data):
        if marker == _ADOBE and content.startswith(b"Adobe") and len(content) >= 12:
            adobe = content[11]
        elif marker in _FRAME_MARKERS:
            frame, kind = content, marker
        elif marker == _START_OF_SCAN and frame:
            return _jpeg_frame(frame, kind, adobe, scan=content)
    raise NotACodestream("the JPEG picture has no scan")


def _jpeg_frame(frame: bytes, kind: int, adobe: int, *, scan: bytes) -> Codestream:
    bits, rows, columns, samples = struct.unpack_from(">BHHB", frame)
    parameter = scan[1 + 2 * scan[0]]  # predictor of lossless JPEG, NEAR of JPEG-LS
    syntax, method = _BY_FRAME_MARKER.get(kind, ""), "ISO_10918_1"
    if kind == _JPEG_LS_FRAME:
        syntax = "1.2.840.10008.1.2.4.81" if parameter else "1.2.840.10008.1.2.4.80"
        method = "ISO_14495_1" if parameter else ""
    elif kind == 0xC3:
        syntax = _JPEG_LOSSLESS_FIRST_ORDER if parameter == 1 else _JPEG_LOSSLESS
        method = ""
    if not syntax:
        raise NotACodestream("a JPEG process (such as progressive) that DICOM does not have")
    photometric = "MONOCHROME2"
    if samples == 3:
        ids = tuple(frame[6 + 3 * n] for n in range(3))
        is_rgb = kind in {0xC3, _JPEG_LS_FRAME} or adobe == 0 or (adobe < 0 and ids == _RGB_IDS)
        is_full = len({frame[7 + 3 * n] for n in range(3)}) == 1
        photometric = "RGB" if is_rgb else "YBR_FULL" if is_full else "YBR_FULL_422"
    return Codestream(
        transfer_syntax_uid=syntax,
        rows=rows,
        columns=columns,
        samples=samples,
        bits=bits,
        photometric=photometric,
        method=method,
    )


def _jpeg_2000(data: bytes) -> Codestream:
    position, is_high_throughput, size = 2, False, b""
    while True:
        marker, length = struct.unpack_from(">HH", data, position)
        content = data[position + 4 : position + 2 + length]
        if marker == _SIZ:
            size = content
        elif marker == _CAP:
            is_high_throughput = bool(struct.unpack_from(">I", content)[0] & _HIGH_THROUGHPUT)
        elif marker == _COD:
            break
        elif marker == _SOT:
            raise NotACodestream("the JPEG 2000 picture says nothing of its coding")
        position += 2 + length
    right, lower, left, upper = struct.unpack_from(">4I", size, 2)
    (samples,) = struct.unpack_from(">H", size, 34)
    is_transformed, is_reversible = bool(content[4]), content[9] == 1
    if is_high_throughput:
        syntax = "1.2.840.10008.1.2.4.201" if is_reversible else "1.2.840.10008.1.2.4.203"
    else:
        syntax = "1.2.840.10008.1.2.4.90" if is_reversible else "1.2.840.10008.1.2.4.91"
    photometric = "MONOCHROME2" if samples == 1 else "RGB"
    if samples > 1 and is_transformed:
        photometric = "YBR_RCT" if is_reversible else "YBR_ICT"
    method = "ISO_15444_15" if is_high_throughput else "ISO_15444_1"
    return Codestream(
        transfer_syntax_uid=syntax,
        rows=lower - upper,
        columns=right - left,
        samples=samples,
        bits=(size[36] & 0x7F) + 1,
        photometric=photometric,
        is_signed=bool(size[36] & 0x80),
        method="" if is_reversible else method,
    )
