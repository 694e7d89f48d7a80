"""Which earlier studies of a patient help with an exam that is to come; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

DAYS_A_YEAR: Final = 365.25


@dataclass(frozen=True, kw_only=True)
class Policy:
    """`[prefetch]`: how many priors, how old, of which modalities for which; to and from whom."""

    to: tuple[str, ...] = ()
    count: int = 3
    years: int = 10
    modalities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Prior:
    """One earlier study; `source` is the peer that holds it, "" for us."""

    study_instance_uid: str
    study_date: date | None
    modalities: frozenset[str]
    body_parts: frozenset[str] = frozenset()
    source: str = ""
    study_id: int = 0  # our row


@dataclass(frozen=True, kw_only=True)
class Coming:
    """The exam that is to come."""

    modality: str
    body_part: str
    study_instance_uid: str


def relevant(policy: Policy, exam: Coming, priors: Iterable[Prior], *, today: date) -> list[Prior]:
    """Return the priors to fetch, the most telling first.

    Those of the modalities the policy names for that of the exam, or of any where it names none.
    The same modality and body part come first, then the same modality, then the same body part;
    of those the latest. Of a study that several hold, the first of them counts: ours first.
    """
    oldest = today - timedelta(days=int(policy.years * DAYS_A_YEAR))
    wanted = set(policy.modalities.get(exam.modality, ()))
    known: dict[str, Prior] = {}
    for prior in priors:
        if prior.study_instance_uid == exam.study_instance_uid:
            continue
        if prior.study_date is None or not oldest <= prior.study_date <= today:
            continue
        if wanted and not wanted & prior.modalities:
            continue
        known.setdefault(prior.study_instance_uid, prior)

    def order(prior: Prior) -> tuple[bool, bool, int, str]:
        same_modality = exam.modality in prior.modalities
        same_part = bool(exam.body_part) and exam.body_part in prior.body_parts
        assert prior.study_date is not None
        newest = -prior.study_date.toordinal()
        return (not same_modality, not same_part, newest, prior.study_instance_uid)

    return sorted(known.values(), key=order)[: policy.count]
