"""What makes two messages the same, and what every message must have."""

from __future__ import annotations

import pytest

from integrations.hl7.inbox import rules
from integrations.hl7.message import Header, Message
from tests.support.messages import adt, joined, msh


def test_the_fingerprint_ignores_what_changes_when_a_message_is_sent_again() -> None:
    first = adt(header=msh("ADT^A01", number="M1", at="20261124090000"))
    again = adt(header=msh("ADT^A01", number="M1", at="20261124090500"))
    assert rules.fingerprint(first.encode()) == rules.fingerprint(again.encode())
    assert rules.fingerprint(first.encode()) != rules.fingerprint(adt().encode())
    assert rules.fingerprint(b"junk") != rules.fingerprint(b"other junk")


@pytest.mark.parametrize("version", ["", "2.1", "2.3.1", "2.5.1", "2.8", "2.9.1"])
def test_versions_that_are_taken(version: str) -> None:
    rules.check_header(Header.of(msh("ADT^A01", version=version).encode()))


@pytest.mark.parametrize(
    ("header", "error"),
    [
        (msh("ADT^A01", number=""), rules.NoControlId),
        (msh(""), rules.NoMessageType),
        (msh("ADT^A01", version="3.0"), rules.UnsupportedVersion),
    ],
)
def test_headers_that_are_refused(header: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        rules.check_header(Header.of(header.encode()))


def route(kind: str, *segments: str) -> object:
    text = joined(msh(kind), *segments)
    routes = {("ADT", "A01"): "a01", ("ADT", "A08"): "a08", ("ORU", "R01"): "r01"}
    return rules.handler_for(Header.of(text.encode()), Message(text), routes)  # type: ignore[arg-type]


def test_the_event_may_stand_in_evn_or_be_the_only_one() -> None:
    assert route("ADT^A08") == "a08"
    assert route("ADT", "EVN|A01") == "a01"
    assert route("ORU") == "r01"


def test_what_nobody_takes_is_refused() -> None:
    with pytest.raises(rules.UnsupportedType):
        route("XYZ^A01")
    with pytest.raises(rules.UnsupportedEvent):
        route("ADT^A99")
    with pytest.raises(rules.UnsupportedEvent):
        route("ADT")
