"""Every outcome has one answer, written as the sender's version writes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.hl7.ack import (
    CODE_ANSWERS,
    CONDITIONS,
    FAMILY_ANSWERS,
    Remark,
    Rest,
    Verdict,
    accept_code,
    application_code,
    build_ack,
    internal_error,
    is_enhanced,
    under_new_id,
    verdict_on,
)
from integrations.hl7.message import Header, Message
from pacs_hub.kernel.errors import FAMILIES, HubError, Malformed, Unknown

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def header(*, version: str = "2.5.1", rest: str = "", kind: str = "ADT^A08^ADT_A01") -> Header:
    return Header.of(
        f"MSH|^~\\&|HIS|GH|PACSHUB|HUB|20261124||{kind}|M1|T|{version}{rest}\r".encode()
    )


def written(verdict: Verdict, **over: str) -> str:
    answered = header(**over)
    code = application_code(answered, verdict)
    return build_ack(answered, verdict, code=code, control_id="A1", now=NOW).decode()


def test_every_error_family_has_an_answer() -> None:
    assert set(FAMILY_ANSWERS) == set(FAMILIES)
    answers = [*FAMILY_ANSWERS.values(), *CODE_ANSWERS.values()]
    assert {condition for _, condition in answers} <= set(CONDITIONS)


def test_only_what_may_be_sent_again_is_answered_ar_207() -> None:
    assert internal_error().code == "AR"
    assert verdict_on(HubError("x")).code == "AR"
    assert verdict_on(Unknown("x")).remarks[0].condition == "204"


def test_the_answer_goes_back_to_the_sender_in_its_own_separators() -> None:
    odd = Header.of(b"MSH$*~\\&$HIS$GH$PACSHUB$HUB$20261124$$ADT*A08$M1$P$2.5.1\r")
    text = build_ack(odd, Verdict("AA"), code="AA", control_id="A1", now=NOW).decode()
    assert text == (
        "MSH$*~\\&$PACSHUB$HUB$HIS$GH$20261124090000+0000$$ACK*A08*ACK$A1$P$2.5.1\rMSA$AA$M1\r"
    )


def test_an_error_names_the_place() -> None:
    verdict = verdict_on(Malformed("PID-3 is empty", code="field-missing", field="PID-3"))
    message = Message(written(verdict))
    assert message.get("MSA-1") == "AE"
    assert message.get("MSA-3") == "PID-3 is empty"
    assert message.first("ERR").raw(2) == "PID^1^3"  # type: ignore[union-attr]
    assert message.first("ERR").raw(3) == "101^Required field missing^HL70357"  # type: ignore[union-attr]
    assert message.get("ERR-4") == "E"


def test_a_component_is_named_with_its_repetition() -> None:
    verdict = verdict_on(Malformed("no time", field="ORC-7.4"))
    assert "ERR||ORC^1^7^1^4|102^" in written(verdict)


def test_older_versions_have_one_coded_location() -> None:
    verdict = verdict_on(Malformed("x", code="no-control-id", field="MSH-10"))
    assert "\rERR|MSH^1^10^101&Required field missing\r" in written(verdict, version="2.3.1")
    assert "|ACK|A1|T|2.3.1\r" in written(verdict, version="2.3.1")


def test_a_warning_does_not_stop_an_acceptance() -> None:
    text = written(Verdict("AA", (Remark("0", "W", "nothing to cancel"),)))
    assert "MSA|AA|M1|nothing to cancel\r" in text
    assert "|W||||nothing to cancel" in text


def test_the_character_set_is_copied() -> None:
    assert written(Verdict("AA"), rest="||||||8859/1").startswith("MSH|^~\\&|PACSHUB|HUB|HIS|GH|")
    assert "|2.5.1||||||8859/1\r" in written(Verdict("AA"), rest="||||||8859/1")


@pytest.mark.parametrize("application", ["", "AL", "NE", "ER", "SU"])
@pytest.mark.parametrize(
    ("accept", "good", "bad"),
    [("", "", ""), ("AL", "CA", "CR"), ("NE", "", ""), ("ER", "", "CR"), ("SU", "CA", "")],
)
def test_the_accept_acknowledgement_that_msh_15_asks_for(
    accept: str, application: str, good: str, bad: str
) -> None:
    answered = header(rest=f"|||{accept}|{application}")
    refusal = verdict_on(Malformed("x", code="unsupported-type"))
    assert accept_code(answered) == good
    assert accept_code(answered, refusal) == bad


@pytest.mark.parametrize("accept", ["AL", "NE", "ER", "SU"])
@pytest.mark.parametrize(
    ("application", "good", "bad"),
    [
        ("", "", ""),
        ("AL", "AA", "AE"),
        ("NE", "", ""),
        ("ER", "", "AE"),
        ("SU", "AA", ""),
    ],
)
def test_the_application_acknowledgement_that_msh_16_asks_for(
    accept: str, application: str, good: str, bad: str
) -> None:
    answered = header(rest=f"|||{accept}|{application}")
    assert application_code(answered, Verdict("AA")) == good
    assert application_code(answered, verdict_on(Malformed("x"))) == bad


def test_who_asks_for_nothing_gets_the_original_acknowledgement() -> None:
    assert not is_enhanced(header())
    assert application_code(header(), verdict_on(Malformed("x"))) == "AE"


def test_what_cannot_be_kept_may_be_sent_again() -> None:
    assert accept_code(header(rest="|||AL|"), internal_error()) == "CE"


def test_a_response_begins_like_an_acknowledgement() -> None:
    rest = Rest(("RSP", "K22", "RSP_K21"), "QAK|T1|OK\rPID|||7^^^GH||MÜLLER\r".encode())
    text = build_ack(
        header(rest="||||||UNICODE UTF-8"),
        Verdict("AA"),
        code="AA",
        control_id="A1",
        now=NOW,
        rest=rest,
    ).decode()
    assert "||RSP^K22^RSP_K21|A1|T|2.5.1||||||UNICODE UTF-8\r" in text
    assert text.endswith("MSA|AA|M1\rQAK|T1|OK\rPID|||7^^^GH||MÜLLER\r")


def test_a_response_in_another_character_set_says_so() -> None:
    rest = Rest(("RSP", "K22", "RSP_K21"), "PID|||7^^^GH||ΠΑΠΑΣ\r".encode(), "UNICODE UTF-8")
    answered = header(rest="||||||8859/1")
    text = build_ack(answered, Verdict("AA"), code="AA", control_id="A", now=NOW, rest=rest)
    assert b"||||||UNICODE UTF-8\r" in text
    assert "ΠΑΠΑΣ" in text.decode()


def test_a_repetition_is_a_place_of_its_own() -> None:
    verdict = Verdict("AE", (Remark("204", "E", "no such domain", "QPD-4(2)"),))
    assert "ERR||QPD^1^4^2|204^" in written(verdict)


def test_an_answer_sent_again_has_a_new_id_and_says_the_same() -> None:
    first = written(Verdict("AA"))
    again = under_new_id(first.encode(), control_id="A2", now=NOW).decode()
    assert again == first.replace("|A1|", "|A2|")
