"""Which instances a request for a study, a series or an instance means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, QuerySet

from archive.corrections.queries import share_studies
from archive.index.queries import visible
from archive.storage.layout import checked_uid
from archive.store.models import Instance, Series, Study
from archive.store.queries import shown
from pacs_hub.access.permissions import Principal
from pacs_hub.kernel.errors import Unknown

# What a retrieve needs of an instance and of those above it; the rest stays in the database.
_NEEDED: Final = (
    "number_of_frames",
    "rows",
    "columns",
    "bits_allocated",
    "calling_ae",
    "sha256",
    "sop_class_uid",
    "sop_instance_uid",
    "storage_key",
    "transfer_syntax_uid",
    "series__series_instance_uid",
    "study__birth_date_received",
    "study__identity_verified",
    "study__issuer_received",
    "study__patient_id",
    "study__patient_id_received",
    "study__patient_name_received",
    "study__revised_at",
    "study__sex_received",
    "study__study_instance_uid",
)


class NoSuchTarget(Unknown):
    """No such study, series or instance here, or none this caller may see."""

    code = "no-such-object"


class OutOfUse(Unknown):
    """It was here, and a rejection note took it out of use."""

    code = "rejected"


@dataclass(frozen=True, kw_only=True)
class Target:
    """A study, a series of it, or an instance of that, named by their UIDs."""

    study: str
    series: str = ""
    instance: str = ""

    def checked(self) -> Target:
        """Return it.

        Raises:
            BadUid: one of the names is not a UID.
        """
        checked_uid(self.study, field="StudyInstanceUID")
        if self.series:
            checked_uid(self.series, field="SeriesInstanceUID")
        if self.instance:
            checked_uid(self.instance, field="SOPInstanceUID")
        return self


def instances(target: Target, *, principal: Principal) -> list[Instance]:
    """Return the instances of the target by series number, then instance number.

    Raises:
        NoSuchTarget: there is none that the caller may see.
        OutOfUse: all of them were rejected.
        BadUid: the target is not named by UIDs.
    """
    rows = list(_in_order(_instances(target, principal)))
    if not rows:
        raise _missing(target, principal)
    share_studies(rows)
    return rows


def instance(target: Target, *, principal: Principal) -> Instance:
    """Return the one instance the target names.

    Raises:
        NoSuchTarget: there is none that the caller may see.
        OutOfUse: it was rejected.
        BadUid: the target is not named by UIDs.
    """
    row = next(iter(_instances(target, principal)[:1]), None)  # no order: what is hot is unique
    if row is None:
        raise _missing(target, principal)
    return row


def representative(target: Target, *, principal: Principal) -> Instance:
    """Return the instance that stands for the target: the middle one of its first image series.

    Where there is no image at all, it is the first object.

    Raises:
        NoSuchTarget: there is nothing that the caller may see.
        OutOfUse: all of it was rejected.
        BadUid: the target is not named by UIDs.
    """
    rows = _instances(target, principal)
    pictures = rows.filter(rows__isnull=False)
    series = (
        Series.objects.filter(pk__in=pictures.values("series"))
        .order_by(F("series_number").asc(nulls_last=True), "series_instance_uid")
        .values_list("pk", flat=True)
        .first()
    )
    if series is not None:  # a list of studies asks for fifty of these: no study is read whole
        of_series = pictures.filter(series=series)
        middle = of_series.count() // 2
        row = next(iter(_in_order(of_series)[middle : middle + 1]), None)
    else:
        row = _in_order(rows).first()
    if row is None:
        raise _missing(target, principal)
    return row


def series_of(target: Target, *, principal: Principal) -> list[Series]:
    """Return the series of the target, their kept metadata with them.

    Raises:
        NoSuchTarget: there is none that the caller may see.
        BadUid: the target is not named by UIDs.
    """
    target.checked()
    rows = Series.objects.select_related("study__patient__survivor").filter(
        visible(principal=principal, prefix="study__"), study__study_instance_uid=target.study
    )
    if target.series:
        rows = rows.filter(series_instance_uid=target.series)
    found = list(rows.order_by(F("series_number").asc(nulls_last=True), "series_instance_uid"))
    if not found:
        raise NoSuchTarget("no such study or series")
    for row in found:  # one study, so that its overlay is made once
        row.study = found[0].study
    return found


def study_of(target: Target, *, principal: Principal) -> Study:
    """Return the study of the target.

    Raises:
        NoSuchTarget: there is none that the caller may see.
        BadUid: the target is not named by UIDs.
    """
    target.checked()
    row = Study.objects.filter(
        visible(principal=principal), study_instance_uid=target.study
    ).first()
    if row is None:
        raise NoSuchTarget("no such study")
    return row


def statement(
    target: Target, *, principal: Principal, fields: Sequence[str]
) -> tuple[str, Sequence[Any]]:
    """Return the SQL that reads these fields of one instance, and its parameters."""
    query = _instances(target, principal).order_by().values_list(*fields)[:1].query
    sql, parameters = query.sql_with_params()
    return sql, parameters


def _missing(target: Target, principal: Principal) -> NoSuchTarget | OutOfUse:
    """Return the error that says whether the target was ever here for this caller."""
    if _all_instances(target, principal).exists():
        return OutOfUse("it was taken out of use")
    return NoSuchTarget("no such study, series or instance")


def _in_order(rows: QuerySet[Instance]) -> QuerySet[Instance]:
    return rows.order_by(
        F("series__series_number").asc(nulls_last=True),
        "series__series_instance_uid",
        F("instance_number").asc(nulls_last=True),
        "sop_instance_uid",
    )


def _instances(target: Target, principal: Principal) -> QuerySet[Instance]:
    return _all_instances(target, principal).filter(shown())


def _all_instances(target: Target, principal: Principal) -> QuerySet[Instance]:
    return all_of(target, principal=principal).select_related("study", "series").only(*_NEEDED)


def all_of(target: Target, *, principal: Principal | None) -> QuerySet[Instance]:
    """Return the instances of the target, rejected ones too, that the caller may see.

    Raises:
        BadUid: the target is not named by UIDs.
    """
    target.checked()
    wanted = {"study__study_instance_uid": target.study}
    if target.series:
        wanted["series__series_instance_uid"] = target.series
    if target.instance:
        wanted["sop_instance_uid"] = target.instance
    return Instance.objects.filter(visible(principal=principal, prefix="study__"), **wanted)
