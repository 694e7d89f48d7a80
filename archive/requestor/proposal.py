"""Our A-ASSOCIATE-RQ, and what the answer to it grants (PS3.8 9.3.2 to 9.3.4, PS3.7 D.3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import A_ASSOCIATE, SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import build_context

from archive.upper_layer.negotiation import (
    APPLICATION_CONTEXT,
    CODEC_ERRORS,
    Roles,
    about_us,
    max_length_of,
    roles_of,
)
from archive.upper_layer.transport import PeerClosed

MOST_CONTEXTS: Final = 128  # the odd numbers of one byte, PS3.8 9.3.2.2

# PS3.8 Table 9-21, in words for the person who has to set it right: (source, reason).
_REFUSALS: Final = {
    (1, 1): "it gave no reason",
    (1, 2): "it does not know the application context",
    (1, 3): "it does not know our AE title",
    (1, 7): "it does not have the AE title we called",
    (2, 1): "it gave no reason",
    (2, 2): "it does not support the protocol version",
    (3, 1): "it is too busy now",
    (3, 2): "it has too many associations open",
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One presentation context to propose."""

    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Granted:
    """One presentation context the peer accepted; `we_perform` where we have the SCP role."""

    context_id: int
    abstract_syntax: str
    transfer_syntax: str
    we_perform: bool = False


@dataclass(frozen=True, kw_only=True)
class Grant:
    """All that an A-ASSOCIATE-AC says."""

    contexts: tuple[Granted, ...]
    max_length: int


def request_pdu(
    *,
    calling_ae: str,
    called_ae: str,
    contexts: Sequence[Wanted],
    roles: Mapping[str, Roles],
    max_pdu: int,
) -> bytes:
    """Return the A-ASSOCIATE-RQ; contexts are numbered 1, 3, 5, ... in their order."""
    assert 0 < len(contexts) <= MOST_CONTEXTS
    proposed = []
    for number, wanted in enumerate(contexts):
        context = build_context(wanted.abstract_syntax, list(wanted.transfer_syntaxes))
        context.context_id = 2 * number + 1
        proposed.append(context)
    items: list[Any] = about_us(max_pdu)
    for uid, role in roles.items():
        item = SCP_SCU_RoleSelectionNegotiation()
        item.sop_class_uid = uid
        item.scu_role, item.scp_role = role.scu, role.scp
        items.append(item)
    primitive = A_ASSOCIATE()
    primitive.application_context_name = APPLICATION_CONTEXT
    primitive.calling_ae_title, primitive.called_ae_title = calling_ae, called_ae
    primitive.presentation_context_definition_list = proposed
    primitive.user_information = items
    pdu = A_ASSOCIATE_RQ()
    pdu.from_primitive(primitive)
    return bytes(pdu.encode())


def read_grant(pdu: bytes, *, contexts: Sequence[Wanted]) -> Grant:
    """Read a whole A-ASSOCIATE-AC that answers the proposal of these contexts.

    Raises:
        PeerClosed: it cannot be read, which is as good as no answer.
    """
    try:
        decoded = A_ASSOCIATE_AC()
        decoded.decode(pdu)
        primitive = decoded.to_primitive()
        roles = roles_of(primitive)
        max_length = max_length_of(primitive)
        answers = primitive.presentation_context_definition_results_list
        accepted = [
            (int(answer.context_id), str(answer.transfer_syntax[0]))
            for answer in answers
            if answer.result == 0
        ]
        proposed = {2 * number + 1: wanted for number, wanted in enumerate(contexts)}
        granted = tuple(
            _granted(context_id, proposed[context_id].abstract_syntax, syntax, roles)
            for context_id, syntax in accepted
            if syntax in proposed[context_id].transfer_syntaxes
        )
    except CODEC_ERRORS as error:
        raise PeerClosed from error
    if not answers or 0 < max_length < 7:
        raise PeerClosed
    return Grant(contexts=granted, max_length=max_length)


def refusal(body: bytes) -> str:
    """Say why an A-ASSOCIATE-RJ, without its header, rejects us."""
    source, reason = (body[2], body[3]) if len(body) == 4 else (0, 0)
    return _REFUSALS.get((source, reason), f"its reason is {source}/{reason}")


def _granted(
    context_id: int, abstract_syntax: str, transfer_syntax: str, roles: Mapping[str, Roles]
) -> Granted:
    role = roles.get(abstract_syntax)
    return Granted(
        context_id=context_id,
        abstract_syntax=abstract_syntax,
        transfer_syntax=transfer_syntax,
        we_perform=role is not None and role.scp,
    )
