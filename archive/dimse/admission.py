"""Who may open an association, and for what (PS3.8 9.3.4; spec of the site's peers)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.conf import settings
from django.db import DatabaseError
from pydicom.uid import UID

from archive.dimse.offers import Offer, as_wanted, offer_for, sorted_out
from archive.store.queries import policies_for
from archive.upper_layer.messages import Caller
from archive.upper_layer.negotiation import (
    CALLED_AE_NOT_RECOGNISED,
    CALLING_AE_NOT_RECOGNISED,
    NO_REASON_GIVEN,
    TEMPORARY_CONGESTION,
    Admission,
    AssociateRequest,
    Rejected,
)
from pacs_hub.access import queries
from pacs_hub.access.services import record_refusal
from pacs_hub.kernel.origin import Origin

logger = logging.getLogger(__name__)


def admit(request: AssociateRequest, *, offers: Sequence[Offer]) -> Admission:
    """Let the caller in for what it may do; every refusal is written down.

    Raises:
        Rejected: the title it calls, its own title or its address is not configured.
    """
    try:
        return _admit(request, offers)
    except DatabaseError as error:
        logger.error("dimse.admission.database_away", exc_info=error)
        raise Rejected(*TEMPORARY_CONGESTION) from error


def _admit(request: AssociateRequest, offers: Sequence[Offer]) -> Admission:
    ours = settings.HUB_AE_TITLE
    if request.called_ae != ours:
        reason = f"{request.calling_ae} calls us {request.called_ae}; our name is {ours}"
        _refuse(request, offers, reason=reason, code="wrong-called-ae")
        raise Rejected(*CALLED_AE_NOT_RECOGNISED)
    peer = queries.dicom_peer(request.calling_ae)
    if peer is None:
        reason = f"{request.calling_ae} is not configured here"
        _refuse(request, offers, reason=reason, code="unknown-calling-ae")
        raise Rejected(*CALLING_AE_NOT_RECOGNISED)
    if not queries.may_call_from(peer.address, request.address):
        reason = f"{request.calling_ae} may not call from {request.address}"
        _refuse(request, offers, reason=reason, code="wrong-address")
        raise Rejected(*NO_REASON_GIVEN)
    origin = Origin.over_dimse(calling_ae=request.calling_ae, address=request.address)
    ours_to_caller = as_wanted(offers, policies_for(origin))
    services, refused = sorted_out(request, ours_to_caller, frozenset(peer.may))
    if refused:
        wanted = ", ".join(sorted(set(refused.values())))
        _refuse(
            request,
            offers,
            reason=f"{request.calling_ae} may not use: {wanted}",
            code="service-not-permitted",
            asked_for=wanted,
        )
    site = queries.site()
    caller = Caller(
        calling_ae=request.calling_ae,
        called_ae=request.called_ae,
        address=request.address,
        character_set=peer.character_set,
        time_zone=site.time_zone,
        default_issuer=site.default_issuer,
        options={
            **peer.options,
            "worklist": {**site.worklist, **peer.options.get("worklist", {})},
        },
    )
    return Admission(caller=caller, services=services, refused=frozenset(refused))


def _refuse(
    request: AssociateRequest,
    offers: Sequence[Offer],
    *,
    reason: str,
    code: str,
    asked_for: str = "",
) -> None:
    logger.warning("dimse.caller.refused", extra={"code": code, "address": request.address})
    record_refusal(
        door="dicom",
        caller=request.calling_ae,
        called=request.called_ae,
        address=request.address,
        asked_for=asked_for or _wishes(request, offers),
        reason=reason,
        code=code,
    )


def _wishes(request: AssociateRequest, offers: Sequence[Offer]) -> str:
    """Name what was asked for: our word for the service, else the SOP class's own name."""
    wishes: dict[str, None] = {}
    for uid in request.abstract_syntaxes:
        offer = offer_for(uid, offers)
        wishes[offer.right if offer else UID(uid).name] = None
    return ", ".join(wishes)
