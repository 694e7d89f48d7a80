"""Files people attach: small, real, of invented content."""

from __future__ import annotations

import functools
import io
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import imageio_ffmpeg  # type: ignore[import-untyped]
import numpy as np
from PIL import Image

from tests.support.datasets import disc

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n"
)

CDA = b"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
 <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
 <id root="1.2.3.4" extension="DOC1"/>
 <code code="18748-4" codeSystem="2.16.840.1.113883.6.1"/>
 <component><structuredBody>
  <component><section><code code="18782-3"/><title>Findings</title>
   <text><paragraph>No <content>haemorrhage</content>.</paragraph>
   <paragraph>Size:
     4 mm</paragraph></text>
   <component><section><code code="19005-8"/>
    <text><list><item>Normal.</item><item>Follow up in a year.</item></list></text>
   </section></component>
  </section></component>
  <component><section><title>Table</title>
   <text><table><tbody><tr><th>Lesion</th><th>Size</th></tr>
   <tr><td>1</td><td>4 mm</td></tr></tbody></table></text></section></component>
 </structuredBody></component>
</ClinicalDocument>
"""


def picture(
    kind: str, mode: str = "RGB", *, rows: int = 24, columns: int = 32, **how: Any
) -> bytes:
    """Return a disc as a JPEG, PNG, BMP or GIF file."""
    out = io.BytesIO()
    grey = Image.fromarray(disc(rows, columns, top=200, dtype="uint8"))
    grey.convert(mode).save(out, kind, **how)
    return out.getvalue()


def grey_16_bit_png() -> bytes:
    """Return a PNG of 16 bit grey."""
    out = io.BytesIO()
    Image.fromarray(disc(24, 32, top=60_000, dtype="uint16").astype(np.uint16)).save(out, "PNG")
    return out.getvalue()


@functools.cache
def video(name: str, *options: str, seconds: int = 1) -> bytes:
    """Return a test video; `name` ends in .mp4 or .avi, `options` choose its coding."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        subprocess.run(
            [
                imageio_ffmpeg.get_ffmpeg_exe(),
                *("-v", "error", "-f", "lavfi", "-i", f"testsrc=size=64x48:rate=10:d={seconds}"),
                *options,
                str(path),
            ],
            check=True,
        )
        return path.read_bytes()


def fitting_mp4() -> bytes:
    """Return an MP4 that DICOM takes as it is: H.264 High Profile, level 4.1."""
    return video("a.mp4", "-c:v", "libx264", "-profile:v", "high", "-level", "4.1",
                 "-pix_fmt", "yuv420p")  # fmt: skip


def avi() -> bytes:
    """Return an AVI of motion JPEG."""
    return video("a.avi", "-c:v", "mjpeg")
