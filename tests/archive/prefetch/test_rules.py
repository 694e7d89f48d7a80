"""Which priors help with an exam that is to come."""

from __future__ import annotations

from datetime import date
from typing import Any

from archive.prefetch.rules import Coming, Policy, Prior, relevant

TODAY = date(2026, 11, 24)
EXAM = Coming(modality="CT", body_part="HEAD", study_instance_uid="1.9")


def prior(uid: str, **over: Any) -> Prior:
    """Return a CT of the head of last year."""
    facts: dict[str, Any] = {
        "study_date": date(2025, 11, 24),
        "modalities": frozenset({"CT"}),
        "body_parts": frozenset({"HEAD"}),
    }
    return Prior(study_instance_uid=uid, **(facts | over))


def chosen(*priors: Prior, **policy: Any) -> list[str]:
    """Return the UIDs of what is chosen."""
    found = relevant(Policy(**policy), EXAM, priors, today=TODAY)
    return [each.study_instance_uid for each in found]


def test_the_most_telling_come_first_and_of_those_the_latest() -> None:
    mr = {"modalities": frozenset({"MR"})}
    chest = {"body_parts": frozenset({"CHEST"})}
    priors = [
        prior("1.1", **mr, **chest, study_date=date(2026, 11, 1)),
        prior("1.2", **mr),
        prior("1.3", **chest, study_date=date(2026, 10, 1)),
        prior("1.4", study_date=date(2024, 1, 1)),
        prior("1.5"),
    ]
    assert chosen(*priors, count=9) == ["1.5", "1.4", "1.3", "1.2", "1.1"]
    assert chosen(*priors, count=2) == ["1.5", "1.4"]
    assert chosen(*priors, count=0) == []


def test_what_is_too_old_undated_or_the_exam_itself_is_left_out() -> None:
    old, undated = prior("1.1", study_date=date(2015, 1, 1)), prior("1.2", study_date=None)
    future = prior("1.3", study_date=date(2027, 1, 1))
    assert chosen(old, undated, future, prior("1.9"), prior("1.4"), years=10) == ["1.4"]


def test_the_policy_names_modalities() -> None:
    pt, cr = prior("1.1", modalities=frozenset({"PT"})), prior("1.2", modalities=frozenset({"CR"}))
    assert chosen(pt, cr, modalities={"CT": ("CT", "PT")}) == ["1.1"]
    assert chosen(pt, cr, modalities={"MR": ("MR",)}) == ["1.1", "1.2"]


def test_what_is_here_is_not_fetched() -> None:
    found = relevant(Policy(), EXAM, [prior("1.1"), prior("1.1", source="OLD")], today=TODAY)
    assert [each.source for each in found] == [""]
