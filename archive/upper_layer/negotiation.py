"""Reading an A-ASSOCIATE-RQ and answering it (PS3.8 9.3; PS3.7 Annex D)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pynetdicom.pdu import A_ASSOCIATE_AC, A_ASSOCIATE_RQ
from pynetdicom.pdu_primitives import (
    A_ASSOCIATE,
    ImplementationClassUIDNotification,
    ImplementationVersionNameNotification,
    MaximumLengthNotification,
    SCP_SCU_RoleSelectionNegotiation,
    SOPClassExtendedNegotiation,
)

from archive.upper_layer.messages import Caller, Context, Service

APPLICATION_CONTEXT: Final = "1.2.840.10008.3.1.1.1"
IMPLEMENTATION_CLASS_UID: Final = "2.25.157431136044434379785026776615411774030"
IMPLEMENTATION_VERSION_NAME: Final = "PACSHUB_1"
# Results of a presentation context (PS3.8 9.3.3.2)
ACCEPTANCE: Final = 0
USER_REJECTION: Final = 1
NO_SUCH_ABSTRACT_SYNTAX: Final = 3
NO_SUCH_TRANSFER_SYNTAX: Final = 4
DEFAULT_SYNTAX: Final = "1.2.840.10008.1.2"

# What pynetdicom's decoders raise on bytes that are not what they say they are.
CODEC_ERRORS: Final = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    NotImplementedError,
    AssertionError,  # an item longer than what is there
    struct.error,
)


class InvalidRequest(Exception):
    """The A-ASSOCIATE-RQ cannot be read."""


class Rejected(Exception):
    """The association is not accepted (PS3.8 9.3.4)."""

    def __init__(self, result: int, source: int, diagnostic: int) -> None:
        super().__init__(f"{result}/{source}/{diagnostic}")
        self.result, self.source, self.diagnostic = result, source, diagnostic


WRONG_APPLICATION_CONTEXT: Final = (1, 1, 2)
CALLING_AE_NOT_RECOGNISED: Final = (1, 1, 3)
CALLED_AE_NOT_RECOGNISED: Final = (1, 1, 7)
NO_REASON_GIVEN: Final = (1, 1, 1)
PROTOCOL_VERSION_NOT_SUPPORTED: Final = (1, 2, 2)
TEMPORARY_CONGESTION: Final = (2, 3, 1)
LOCAL_LIMIT_EXCEEDED: Final = (2, 3, 2)


@dataclass(frozen=True, kw_only=True)
class Roles:
    """What one side wants to be for a SOP class, or may be (PS3.7 D.3.3.4)."""

    scu: bool
    scp: bool


@dataclass(frozen=True, kw_only=True)
class AssociateRequest:
    """What the caller says and asks for; `primitive` is pynetdicom's form of it."""

    calling_ae: str
    called_ae: str
    address: str
    abstract_syntaxes: tuple[str, ...]
    max_length: int
    primitive: Any
    roles: Mapping[str, Roles] = field(default_factory=dict)
    extended: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The caller may come in: what each abstract syntax is answered by, and what is refused."""

    caller: Caller
    services: Mapping[str, Service]
    refused: frozenset[str] = field(default_factory=frozenset)


Admit = Callable[[AssociateRequest], Admission]  # raises Rejected


def read_request(pdu: bytes, *, address: str) -> AssociateRequest:
    """Read a whole A-ASSOCIATE-RQ PDU.

    Raises:
        InvalidRequest: it cannot be read.
        Rejected: protocol version or application context are not ours.
    """
    try:
        decoded = A_ASSOCIATE_RQ()
        decoded.decode(pdu)
        primitive = decoded.to_primitive()
        version = decoded.protocol_version
        proposed = tuple(
            str(context.abstract_syntax)
            for context in primitive.presentation_context_definition_list
        )
        max_length = max_length_of(primitive)
        roles = roles_of(primitive)
        extended = _extended(primitive)
    except CODEC_ERRORS as error:
        raise InvalidRequest from error
    if not version & 1:
        raise Rejected(*PROTOCOL_VERSION_NOT_SUPPORTED)
    if primitive.application_context_name != APPLICATION_CONTEXT:
        raise Rejected(*WRONG_APPLICATION_CONTEXT)
    if not proposed or 0 < max_length < 7:
        raise InvalidRequest
    return AssociateRequest(
        calling_ae=primitive.calling_ae_title.strip(),
        called_ae=primitive.called_ae_title.strip(),
        address=address,
        abstract_syntaxes=proposed,
        max_length=max_length,
        primitive=primitive,
        roles=roles,
        extended=extended,
    )


def accept(
    request: AssociateRequest, admission: Admission, *, max_pdu: int
) -> tuple[bytes, dict[int, Context]]:
    """Return the A-ASSOCIATE-AC PDU and the accepted contexts by id."""
    asked = request.primitive
    answers = asked.presentation_context_definition_list
    accepted: dict[int, Context] = {}
    for answer in answers:
        uid = str(answer.abstract_syntax)
        service = admission.services.get(uid)
        chosen = _chosen(answer.transfer_syntax, service)
        if service is None:
            answer.result = USER_REJECTION if uid in admission.refused else NO_SUCH_ABSTRACT_SYNTAX
        elif not chosen:
            answer.result = NO_SUCH_TRANSFER_SYNTAX
        else:
            answer.result = ACCEPTANCE
            accepted[answer.context_id] = Context(
                abstract_syntax=uid,
                transfer_syntax=chosen,
                service=service,
                extended=request.extended.get(uid, b""),
                caller_performs=_granted(request, uid, service).scp,
            )
        # PS3.8 9.3.3.2: one transfer syntax, of no meaning where the context is rejected
        answer.transfer_syntax = [chosen or next(iter(answer.transfer_syntax), DEFAULT_SYNTAX)]
    reply = A_ASSOCIATE()
    reply.application_context_name = APPLICATION_CONTEXT
    reply.calling_ae_title = asked.calling_ae_title
    reply.called_ae_title = asked.called_ae_title
    reply.result, reply.result_source = 0, 1
    reply.presentation_context_definition_results_list = answers
    reply.user_information = [*about_us(max_pdu), *_about_classes(request, accepted)]
    pdu = A_ASSOCIATE_AC()
    pdu.from_primitive(reply)
    return pdu.encode(), accepted


def _chosen(proposed: Sequence[str], service: Service | None) -> str:
    """Return the first of our transfer syntaxes that the caller proposes; "" where there is none.

    pynetdicom validates every UID of every context anew, which took as long as storing ten
    objects.
    """
    if service is None:
        return ""
    theirs = {str(uid) for uid in proposed}
    return next((uid for uid in service.transfer_syntaxes if uid in theirs), "")


def rejection(rejected: Rejected) -> bytes:
    """Return the A-ASSOCIATE-RJ PDU (PS3.8 9.3.4)."""
    return struct.pack(
        ">BBIBBBB", 3, 0, 4, 0, rejected.result, rejected.source, rejected.diagnostic
    )


def max_length_of(primitive: Any) -> int:
    """Return the longest PDU the other side takes; 0 is any (PS3.8 D.1)."""
    for item in primitive.user_information:
        if isinstance(item, MaximumLengthNotification):
            return int(item.maximum_length_received)
    return 0


def roles_of(primitive: Any) -> dict[str, Roles]:
    """Return the role selection items of a request or its answer by SOP class."""
    return {
        str(item.sop_class_uid): Roles(scu=bool(item.scu_role), scp=bool(item.scp_role))
        for item in primitive.user_information
        if isinstance(item, SCP_SCU_RoleSelectionNegotiation)
    }


def _extended(primitive: Any) -> dict[str, bytes]:
    return {
        str(item.sop_class_uid): bytes(item.service_class_application_information or b"")
        for item in primitive.user_information
        if isinstance(item, SOPClassExtendedNegotiation)
    }


def _granted(request: AssociateRequest, uid: str, service: Service) -> Roles:
    """Return what the caller is for `uid`: of what it asked for, what the service allows."""
    asked = request.roles.get(uid)
    if asked is None:
        return Roles(scu=True, scp=False)
    return Roles(
        scu=asked.scu and service.caller_may_use, scp=asked.scp and service.caller_may_perform
    )


def _about_classes(request: AssociateRequest, accepted: Mapping[int, Context]) -> list[Any]:
    """Answer the roles and the application information of the SOP classes we accepted."""
    items: list[Any] = []
    services = {context.abstract_syntax: context.service for context in accepted.values()}
    for uid, service in services.items():
        granted = _granted(request, uid, service)
        if uid in request.roles and (granted.scu or granted.scp):  # else the default roles hold
            role = SCP_SCU_RoleSelectionNegotiation()
            role.sop_class_uid = uid
            role.scu_role, role.scp_role = granted.scu, granted.scp
            items.append(role)
        if uid in request.extended and service.extended is not None:
            answer = SOPClassExtendedNegotiation()
            answer.sop_class_uid = uid
            answer.service_class_application_information = service.extended(request.extended[uid])
            items.append(answer)
    return items


def about_us(max_pdu: int) -> list[Any]:
    """Return what we say of ourselves in a request or an answer (PS3.7 D.3.3)."""
    length = MaximumLengthNotification()
    length.maximum_length_received = max_pdu
    implementation = ImplementationClassUIDNotification()
    implementation.implementation_class_uid = IMPLEMENTATION_CLASS_UID
    version = ImplementationVersionNameNotification()
    version.implementation_version_name = IMPLEMENTATION_VERSION_NAME
    return [length, implementation, version]
