"""ORC-1 and ORC-5 become a command; requests and facts are told apart."""

from __future__ import annotations

import pytest

from integrations.hl7.maps import order_control
from integrations.hl7.maps.order_control import UnknownOrderControl, command_of


@pytest.mark.parametrize(
    ("control", "status", "command"),
    [
        ("NW", "", "accept"),
        ("NW", "SC", "accept"),
        ("NW", "IP", "accept"),
        ("XO", "", "change"),
        ("XO", "CM", "complete"),
        ("SC", "IP", "start"),
        ("SC", "CM", "complete"),
        ("CA", "CA", "cancel"),
        ("DC", "DC", "cancel"),
        ("OD", "", "discontinue"),
        ("HD", "", "hold"),
        ("RL", "", "release"),
        ("SR", "", "ignore"),
        ("ca", "", "cancel"),
    ],
)
def test_commands(control: str, status: str, command: str) -> None:
    assert command_of(control, status) == command


@pytest.mark.parametrize("control", ["", "??", "NEW"])
def test_an_unknown_code_is_refused_with_its_place(control: str) -> None:
    with pytest.raises(UnknownOrderControl) as caught:
        command_of(control)
    assert caught.value.field == "ORC-1"


def test_no_code_is_both_obeyed_and_ignored() -> None:
    assert not {control for control, _ in order_control.COMMANDS} & order_control.IGNORED
