"""Ask another system who somebody is (PDQ, ITI-21) and what else they are called (PIX, ITI-9).

Somebody waits for the answer at a desk: nothing is queued or tried again, and the whole has a
time limit.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from typing import Final

from integrations.hl7 import charset
from integrations.hl7.maps import rsp2patient
from integrations.hl7.maps.outgoing import Envelope
from integrations.hl7.maps.patient2qbp import Wanted, qbp_q22, qbp_q23
from integrations.hl7.maps.rsp2patient import Response
from integrations.hl7.message import Header, Message
from integrations.hl7.mllp.client import MllpClient, NoAnswerInTime, PeerUnreachable
from integrations.hl7.mllp.tls import TlsNotReady
from integrations.hl7.outbound import answers
from integrations.hl7.outbound.current import tls_context
from integrations.hl7.outbound.finishing import finish
from integrations.hl7.outbound.options import PeerOptions
from integrations.hl7.outbound.writing import envelope_for
from pacs_hub.access.models import Hl7Peer
from pacs_hub.access.queries import hl7_receivers
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Malformed, Unavailable, Unknown

PDQ: Final = "QBP^Q22"
PIX: Final = "QBP^Q23"
QUERIES: Final = (PDQ, PIX)
SECONDS: Final = 5.0
LIMIT: Final = 20
UNKNOWN_KEY: Final = "204"  # table 0357


class NobodyToAsk(Unknown):
    """No receiver of the site file takes such queries."""

    code = "nobody-to-ask"


class NoAnswer(Unavailable):
    """The other system is away, or did not answer in time."""

    code = "no-answer"


class NotAnswered(Malformed):
    """The other system refused the query, or answered something else."""

    code = "query-refused"


class UnknownIdentifier(Unknown):
    """The other system does not know the identifier, or its issuer."""

    code = "unknown-identifier"


def ask_pdq(
    *,
    wanted: Wanted,
    domains: tuple[str, ...] = (),
    limit: int = LIMIT,
    peer_name: str = "",
    seconds: float = SECONDS,
) -> Response:
    """Return whom the other system knows that fits; nobody is an answer too.

    Raises:
        NobodyToAsk: no receiver takes QBP^Q22, or none of that name.
        Incomplete: nothing is known of the person.
        NoAnswer: the other system is away or slow.
        NotAnswered: it refused the query.
    """

    def write(envelope: Envelope, tag: str) -> str:
        return qbp_q22(envelope=envelope, tag=tag, wanted=wanted, domains=domains, limit=limit)

    return _ask(_peer(PDQ, peer_name), write, seconds=seconds)


def ask_pix(
    *,
    identifier: str,
    issuer: str,
    domains: tuple[str, ...] = (),
    peer_name: str = "",
    seconds: float = SECONDS,
) -> Response:
    """Return the identifiers that go with one; none in the wanted domains is an answer too.

    Raises:
        NobodyToAsk: no receiver takes QBP^Q23, or none of that name.
        Incomplete: the identifier or its issuer is not said.
        UnknownIdentifier: the other system knows it not.
        NoAnswer: the other system is away or slow.
        NotAnswered: it refused the query.
    """

    def write(envelope: Envelope, tag: str) -> str:
        return qbp_q23(
            envelope=envelope, tag=tag, identifier=identifier, issuer=issuer, domains=domains
        )

    return _ask(_peer(PIX, peer_name), write, seconds=seconds)


def _peer(message: str, name: str) -> Hl7Peer:
    for peer in hl7_receivers(message):
        if name in ("", peer.name):
            return peer
    raise NobodyToAsk(f"no receiver{f' {name}' if name else ''} is configured to take {message}")


def _ask(peer: Hl7Peer, write: Callable[[Envelope, str], str], *, seconds: float) -> Response:
    control_id, tag = uuid.uuid4().hex[:20], uuid.uuid4().hex[:16]
    envelope = envelope_for(peer, control_id=control_id, now=clock.now())
    options = PeerOptions.of(peer.options)
    finished = finish(write(envelope, tag), character_set=peer.character_set, options=options)
    if finished.refused:
        raise NotAnswered(f"{peer.name} cannot read the name that is looked for")
    try:
        client = MllpClient(
            host=peer.host,
            port=peer.port or 0,
            connect_seconds=seconds,
            answer_seconds=seconds,
            tls=tls_context() if options.tls else None,
        )
        with client:
            frame = client.ask(finished.body, answers=partial(_is_response, control_id=control_id))
    except (PeerUnreachable, NoAnswerInTime, TlsNotReady) as error:
        raise NoAnswer(f"{peer.name}: {error.text}") from error
    return _read(frame, peer)


def _is_response(frame: bytes, *, control_id: str) -> bool:
    """Say whether a frame is the answer: a commit acknowledgement only says that one will come."""
    answer = answers.read(frame)
    return answers.answers(frame, control_id=control_id) and (
        answer is not None and answer.code != "CA"
    )


def _read(frame: bytes, peer: Hl7Peer) -> Response:
    declared = Header.of(frame).character_sets
    text = charset.decode(frame, declared=declared, default=peer.character_set)
    answer = rsp2patient.response(Message(text))
    if answer.status in (rsp2patient.FOUND, rsp2patient.NOBODY):
        return answer
    if answer.condition == UNKNOWN_KEY:
        raise UnknownIdentifier(f"{peer.name} does not know it: {answer.text or 'unknown key'}")
    raise NotAnswered(f"{peer.name} refused the query: {answer.text or answer.status or 'no QAK'}")
