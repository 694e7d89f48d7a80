"""Keys are made of UIDs and cannot name anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.storage.layout import (
    BadUid,
    object_key,
    sop_instance_uid_in,
    study_instance_uid_in,
)


def key(study: str = "1.2", series: str = "1.3", instance: str = "1.4") -> str:
    return object_key(
        study_instance_uid=study,
        series_instance_uid=series,
        sop_instance_uid=instance,
        sha256="f" * 64,
    )


def test_the_same_object_always_has_the_same_key() -> None:
    assert key() == key()
    assert key().endswith("/1.2/1.3/1.4-ffffffff.dcm")


@given(st.text(max_size=70))
def test_whatever_is_sent_as_uid_the_key_stays_below_the_root(text: str) -> None:
    try:
        made = key(study=text)
    except BadUid:
        return
    assert ".." not in made.split("/")
    assert not made.startswith("/")
    assert made.count("/") == 4


@pytest.mark.parametrize("bad", ["", "..", "1..2", "1.2/", "a", "1" * 65, "1.2\n", "１.２"])
def test_what_is_no_uid_is_refused(bad: str) -> None:
    with pytest.raises(BadUid):
        key(instance=bad)


def test_a_key_says_which_instance_and_study_it_is() -> None:
    key = object_key(
        study_instance_uid="1.2",
        series_instance_uid="1.3",
        sop_instance_uid="1.4",
        sha256="ab" * 32,
    )
    assert (study_instance_uid_in(key), sop_instance_uid_in(key)) == ("1.2", "1.4")
    assert (study_instance_uid_in(f"cold/{key}"), study_instance_uid_in("odd/file")) == ("1.2", "")
