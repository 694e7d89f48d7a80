"""What MP4 files say of their video."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.dicom.mp4 import BadVideo, transfer_syntax_of, video_of
from tests.support import files


def test_a_video_tells_size_frames_and_coding() -> None:
    found = video_of(io.BytesIO(files.fitting_mp4()))
    assert (found.coding, found.profile, found.level) == ("avc1", 100, 41)
    assert (found.rows, found.columns, found.frames, found.seconds) == (48, 64, 10, 1.0)
    assert transfer_syntax_of(found) == "1.2.840.10008.1.2.4.102"


@pytest.mark.parametrize(
    ("options", "syntax"),
    [
        (("-c:v", "libx264", "-profile:v", "high", "-level", "4.2"), "1.2.840.10008.1.2.4.104"),
        (("-c:v", "libx264", "-profile:v", "high", "-level", "5.1"), ""),
        (("-c:v", "libx264", "-profile:v", "main", "-level", "4"), ""),
        (("-c:v", "mpeg4"), ""),
    ],
)
def test_the_syntax_follows_from_profile_and_level(options: tuple[str, ...], syntax: str) -> None:
    made = files.video("a.mp4", *options, "-pix_fmt", "yuv420p")
    assert transfer_syntax_of(video_of(io.BytesIO(made))) == syntax


def test_a_file_without_video_is_none() -> None:
    with pytest.raises(BadVideo):
        video_of(io.BytesIO(b"\0\0\0\x08moov"))


@given(st.integers(0, 3000), st.binary(max_size=8))
def test_damage_is_an_error_and_never_a_crash(place: int, damage: bytes) -> None:
    made = files.fitting_mp4()
    for broken in (made[:place], made[:place] + damage + made[place + len(damage) :]):
        try:
            video_of(io.BytesIO(broken))
        except BadVideo:
            continue
