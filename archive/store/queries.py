"""What the archive holds; reads only."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from archive.dicom.part10 import read_open_header
from archive.patients.rules import search_form
from archive.storage.area import NoSuchObject, StorageArea
from archive.store.careful import CarefulHeader
from archive.store.models import Instance, KeptAside, Series, Study
from archive.store.policy import DECIDED, Policies, policies_of
from archive.store.rules import ObjectFacts, facts_of
from pacs_hub.access.permissions import Principal
from pacs_hub.access.queries import peer_policies, site_policies
from pacs_hub.kernel.errors import Malformed, Unknown
from pacs_hub.kernel.origin import Origin

POLICY_SECONDS: Final = 2.0
MOST_PEERS: Final = 1000


class NotKeptAside(Unknown):
    """No object was kept aside under that id."""

    code = "not-kept-aside"


class NoSuchStudy(Unknown):
    """No such study here, or none this caller may see."""

    code = "no-such-study"


def studies(*, principal: Principal, q: str = "") -> QuerySet[Study]:
    """Return the studies `principal` may see, latest first, narrowed by what was typed.

    One of which every object was taken out of use is not among them.
    """
    rows = (
        Study.objects.select_related("patient")
        .filter(present())
        .order_by("-last_received_at", "-pk")
    )
    if principal.sees_only_own:
        rows = rows.filter(referrer_id=principal.provider_id).exclude(referrer_id="")
    if q:
        rows = rows.filter(
            Q(patient__name_search__startswith=search_form(q))
            | Q(patient_id_received=q)
            | Q(accession_number=q)
            | Q(study_instance_uid=q)
        )
    return rows


def study(*, principal: Principal, study_instance_uid: str) -> Study:
    """Return one study.

    Raises:
        NoSuchStudy: there is none that this caller may see.
    """
    row = studies(principal=principal).filter(study_instance_uid=study_instance_uid).first()
    if row is None:
        raise NoSuchStudy("no such study")
    return row


def shown(prefix: str = "") -> Q:
    """Return the condition that leaves out instances a rejection note took out of use."""
    return Q(**{f"{prefix}rejected_as": ""})


def present(prefix: str = "") -> Q:
    """Return the condition that leaves out studies, or series, of which nothing is shown."""
    return Q(**{f"{prefix}number_of_instances__gt": 0})


def series_of(study: Study) -> QuerySet[Series]:
    """Return the series of a study in their order."""
    return Series.objects.filter(study=study).order_by("series_number", "series_instance_uid")


def instances_of(series: Series) -> QuerySet[Instance]:
    """Return the instances of a series in their order."""
    return Instance.objects.filter(series=series).order_by("instance_number", "sop_instance_uid")


def kept_aside() -> QuerySet[KeptAside]:
    """Return what could not be filed and nobody dealt with yet, latest first."""
    return KeptAside.objects.filter(settled_at__isnull=True).order_by("-at")


def kept_aside_object(kept_aside_id: int) -> KeptAside:
    """Return one object that was kept aside, also one that was dealt with.

    Raises:
        NotKeptAside: there is none of that id.
    """
    row = KeptAside.objects.filter(pk=kept_aside_id).first()
    if row is None:
        raise NotKeptAside("no such object was kept aside")
    return row


@dataclass(frozen=True, kw_only=True)
class SeenAside:
    """What can be read of an object that was kept aside; else the problem, in words."""

    row: KeptAside
    transfer_syntax_uid: str = ""
    facts: ObjectFacts | None = None
    problem: str = ""


def look_at_kept_aside(kept_aside_id: int, *, area: StorageArea) -> SeenAside:
    """Return what an object that was kept aside says of itself.

    Raises:
        NotKeptAside: there is none of that id.
        Unavailable: the store is away.
    """
    row = kept_aside_object(kept_aside_id)
    if not row.storage_key or row.settled_at is not None:
        return SeenAside(row=row, problem="its bytes are not aside")
    syntax = ""
    try:
        with area.open(row.storage_key) as file:
            header = read_open_header(file)
        syntax = str(header.file_meta.get("TransferSyntaxUID", ""))
        return SeenAside(row=row, transfer_syntax_uid=syntax, facts=facts_of(CarefulHeader(header)))
    except (Malformed, NoSuchObject) as error:
        return SeenAside(row=row, transfer_syntax_uid=syntax, problem=error.text)


_policies: dict[str, tuple[float, Policies]] = {}


def policies_for(origin: Origin) -> Policies:
    """Return the policies for what `origin` brings; a change of the site file counts in seconds."""
    if origin.door == "hub":
        return DECIDED
    peer = origin.actor if origin.door == "dimse" else ""
    until, policies = _policies.get(peer, (0.0, DECIDED))
    if time.monotonic() >= until:
        policies = policies_of(site=site_policies(), peer=peer_policies(peer) if peer else {})
        if len(_policies) > MOST_PEERS:
            _policies.clear()
        _policies[peer] = (time.monotonic() + POLICY_SECONDS, policies)
    return policies


def forget_policies() -> None:
    """Read the policies again at the next object."""
    _policies.clear()


def expected_all(*, study_instance_uid: str, sop_instance_uids: tuple[str, ...]) -> bool:
    """Say whether every one of these instances of the study is stored."""
    if not sop_instance_uids:
        return False
    stored = Instance.objects.filter(
        study__study_instance_uid=study_instance_uid, sop_instance_uid__in=sop_instance_uids
    ).count()
    return stored == len(set(sop_instance_uids))
