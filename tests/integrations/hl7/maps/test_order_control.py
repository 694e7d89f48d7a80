"""ORC-1 and ORC-5 become a command; requests and facts are told apart; every row is here."""

from __future__ import annotations

from typing import get_args

import pytest

from integrations.hl7.maps import order_control
from integrations.hl7.maps.order_control import (
    CODE_OF_STATUS,
    COMMANDS,
    IGNORED,
    REFUSALS,
    Command,
    Rule,
    UnknownOrderControl,
    answer_of,
    rule_of,
)
from worklist.orders.models import OrderStatus

TABLE = """
NW .  accept create      | NW SC accept create       | NW IP accept create
SN .  number create      | XO .  change create       | XO SC change create
XO IP start create       | XO CM complete create     | XO A  complete create
XO CA cancelled bury     | XO DC discontinue bury    | XO HD hold create
XX .  change create      | XX IP start create        | XX CM complete create
XX A  complete create    | XX CA cancelled bury      | XX DC discontinue bury
XX HD hold create        | SC .  change park         | SC SC change park
SC IP start park         | SC CM complete park       | SC A  complete park
SC CA filler_cancelled park | SC DC discontinue park | SC HD hold park
SC RP replace park       | CA .  cancel bury         | CA CA cancelled bury
DC .  discontinue bury   | DC CA discontinue bury    | DC DC discontinue bury
OC .  filler_cancelled bury | OC CA filler_cancelled bury | CR .  filler_cancelled bury
CR CA filler_cancelled bury | OD .  discontinue bury  | OD DC discontinue bury
DR .  discontinue bury   | DR DC discontinue bury    | HD .  hold park
HD HD hold park          | OH .  hold park           | OH HD hold park
HR .  hold park          | HR HD hold park           | RL .  release warn
OE .  release warn       | OR .  release warn        | RP .  replace bury
RP RP replace bury       | RU .  replace bury        | RU RP replace bury
RO .  replacement create | RO SC replacement create  | PA .  parent warn
CH .  accept create      | SS .  query warn          | SR .  query warn
OK .  answer park        | NA .  answer park         | XR .  answer park
RQ .  answer park        | UA .  refusal park        | UC .  refusal park
UD .  refusal park       | UH .  refusal park        | UM .  refusal park
UR .  refusal park       | UX .  refusal park        | RE .  report warn
DE .  ignore warn        | RR .  ignore warn         | CN .  ignore warn
LI .  ignore warn        | UN .  ignore warn         | PR .  ignore warn
RF .  ignore warn        | AF .  ignore warn         | DF .  ignore warn
FU .  ignore warn        | OF .  ignore warn         | UF .  ignore warn
OP .  ignore warn        | PY .  ignore warn         | MC .  ignore warn
"""
ROWS = [row.split() for line in TABLE.strip().splitlines() for row in line.split("|")]


@pytest.mark.parametrize(("control", "status", "command", "unknown"), ROWS)
def test_every_row_of_the_table(control: str, status: str, command: str, unknown: str) -> None:
    assert rule_of(control, status.strip(".")) == (command, unknown)


def test_no_row_is_left_out() -> None:
    here = {(control, status.strip(".")) for control, status, *_ in ROWS}
    assert here >= set(COMMANDS)
    assert {control for control, _ in here} >= IGNORED
    assert {rule.command for rule in COMMANDS.values()} | {"ignore"} == set(get_args(Command))


def test_case_does_not_matter() -> None:
    assert rule_of("ca", "ca") == Rule("cancelled", "bury")


@pytest.mark.parametrize("control", ["", "??", "NEW"])
def test_an_unknown_code_is_refused_with_its_place(control: str) -> None:
    with pytest.raises(UnknownOrderControl) as caught:
        rule_of(control)
    assert caught.value.field == "ORC-1"


def test_no_code_is_both_obeyed_and_ignored() -> None:
    assert not {control for control, _ in order_control.COMMANDS} & order_control.IGNORED


@pytest.mark.parametrize(
    ("control", "yes", "no"),
    [
        ("NW", "OK", "UA"),
        ("SN", "NA", "UA"),
        ("CA", "CR", "UC"),
        ("DC", "DR", "UD"),
        ("HD", "HR", "UH"),
        ("RL", "OR", "UR"),
        ("XO", "XR", "UX"),
        ("RP", "RQ", "UM"),
        ("SC", "OK", "UX"),
        ("oc", "OK", "UX"),
    ],
)
def test_answers_to_a_request_and_to_a_fact(control: str, yes: str, no: str) -> None:
    assert (answer_of(control, done=True), answer_of(control, done=False)) == (yes, no)


def test_every_state_of_an_order_has_its_code_and_every_refusal_its_words() -> None:
    assert set(CODE_OF_STATUS) == set(OrderStatus.values)
    refused = {control for (control, _), rule in COMMANDS.items() if rule.command == "refusal"}
    assert refused == set(REFUSALS)
