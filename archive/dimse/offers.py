"""What we offer to callers, and what of it one of them gets (PS3.7 D.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from archive.store.policy import Policies
from archive.upper_layer.messages import Operation, Service
from archive.upper_layer.negotiation import AssociateRequest

STORE: Final = "store"


@dataclass(frozen=True, kw_only=True)
class Turned:
    """The caller performs the service on its own association, and we ask (PS3.7 D.3.3.4).

    `right` is that of what it asked for first, such as "get" for storage.
    """

    right: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One service of ours: the right it needs, the SOP classes it is for, what answers.

    `extended` answers the application information of these SOP classes (PS3.7 D.3.3.5).
    """

    right: str
    is_for: Callable[[str], bool]
    transfer_syntaxes: tuple[str, ...]
    operations: Mapping[int, Operation]
    extended: Callable[[bytes], bytes] | None = None
    turned: Turned | None = None


def sorted_out(
    request: AssociateRequest, offers: Sequence[Offer], rights: frozenset[str]
) -> tuple[dict[str, Service], dict[str, str]]:
    """Return what may be used by abstract syntax, and the missing right of what may not."""
    services: dict[str, Service] = {}
    refused: dict[str, str] = {}
    for uid in dict.fromkeys(request.abstract_syntaxes):
        offer = offer_for(uid, offers)
        if offer is None:
            continue
        service = _service(offer, rights, wants_to_perform=_wants_to_perform(request, uid))
        if service is None:
            refused[uid] = offer.right
        else:
            services[uid] = service
    return services, refused


def as_wanted(offers: Sequence[Offer], policies: Policies) -> tuple[Offer, ...]:
    """Return the offers with storage as the site wants it from this caller (`[archive]`)."""
    return tuple(
        replace(
            offer,
            is_for=policies.takes,
            transfer_syntaxes=offer.transfer_syntaxes + policies.transfer_syntaxes,
        )
        if offer.right == STORE
        else offer
        for offer in offers
    )


def offer_for(uid: str, offers: Sequence[Offer]) -> Offer | None:
    """Return the offer that is for a SOP class."""
    return next((offer for offer in offers if offer.is_for(uid)), None)


def _wants_to_perform(request: AssociateRequest, uid: str) -> bool:
    roles = request.roles.get(uid)
    return roles is not None and roles.scp


def _service(offer: Offer, rights: frozenset[str], *, wants_to_perform: bool) -> Service | None:
    """Return what a caller with these rights gets of the offer; None where it may not."""
    may_use = offer.right in rights
    turned = offer.turned if wants_to_perform else None
    if turned is not None and turned.right not in rights:
        turned = None
    if not may_use and turned is None:
        return None
    return Service(
        transfer_syntaxes=turned.transfer_syntaxes if turned else offer.transfer_syntaxes,
        operations=offer.operations if may_use else {},
        extended=offer.extended,
        caller_may_use=may_use,
        caller_may_perform=turned is not None,
    )
