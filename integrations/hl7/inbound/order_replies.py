"""Order responses: ORR^O02, ORG^O20, ORI^O24, for a link that wants more than ACK (4.4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from integrations.hl7.inbound.context import Outcome, Reply, warning
from integrations.hl7.inbound.options import ORDER
from integrations.hl7.inbound.order_turn import Case, Turn
from integrations.hl7.maps.order_control import CODE_OF_STATUS, answer_of
from integrations.hl7.maps.order_groups import OrderGroup
from integrations.hl7.message import Message, Value, build_segment
from pacs_hub.kernel.errors import Conflict
from worklist.orders.queries import order_of

RESPONSES: Final[dict[str, tuple[str, str, str]]] = {
    "ORM": ("ORR", "O02", "ORR_O02"),
    "OMG": ("ORG", "O20", "ORG_O20"),
    "OMI": ("ORI", "O24", "ORI_O24"),
}
"""MSH-9.1 to MSH-9 of its response."""


def reply_to(case: Case, turns: Sequence[Turn]) -> Reply | None:
    """Return the response with one ORC an order; None where an ACK says it all.

    Who asked for a status is told it, whatever the link is set to.
    """
    asked = any(turn.rule.command == "query" for turn in turns)
    if not asked and case.context.peer.habits.response_style != ORDER:
        return None
    answered: dict[int, tuple[str, str | None]] = {
        id(group): (control, status) for control, group, status in case.answers
    }
    lines: list[str] = []
    for turn in turns:
        done = (answer_of(turn.control, done=True), None)
        control, status = answered.get(id(turn.group), done)
        lines.append(_orc(case.message, turn.group, control, status))
    return _reply(case.message, tuple(lines))


def refused(turn: Turn, error: Conflict) -> Outcome | None:
    """Return the response to an order that was refused; None where the link wants an ACK."""
    if turn.case.context.peer.habits.response_style != ORDER:
        return None
    order = order_of(turn.group.facts)
    status = CODE_OF_STATUS[order.status] if order is not None else ""
    control = answer_of(turn.control, done=False)
    line = _orc(turn.case.message, turn.group, control, status)
    reply = replace(
        _reply(turn.case.message, (line,)),
        ack="AE",
        condition="206",
        field=error.field or "ORC-1",
        text=error.text,
    )
    return Outcome(effects=(warning(error.text, condition="206", field="ORC-1"),), reply=reply)


def _orc(message: Message, group: OrderGroup, control: str, status: str | None) -> str:
    """Write the ORC of an answer: the numbers as they are known here now."""
    facts = group.facts
    known = order_of(facts)
    filler = (facts.filler_order_number, facts.filler_namespace)
    if known is not None:
        filler = (known.filler_order_number, known.filler_namespace)
    if status is None:
        status = CODE_OF_STATUS[known.status] if known is not None else ""
    fields: dict[int, Value] = {
        1: control,
        2: (facts.placer_order_number, facts.placer_namespace),
        3: filler,
        5: status,
    }
    return build_segment("ORC", fields, marks=message.separators)


def _reply(message: Message, lines: tuple[str, ...]) -> Reply:
    code, event, structure = RESPONSES.get(message.get("MSH-9.1"), RESPONSES["ORM"])
    return Reply(code=code, event=event, structure=structure, segments=lines)
