"""MSH, PID and PV1 of what we send: complete, or not written."""

from __future__ import annotations

import pytest

from integrations.hl7.maps import outgoing as maps
from integrations.hl7.maps.outgoing import Incomplete
from tests.support import outgoing


def test_the_header_names_both_sides_and_the_character_set() -> None:
    envelope = outgoing.envelope(character_set="UNICODE UTF-8", processing_id="T")
    assert maps.header(envelope, code="DFT", event="P03", structure="DFT_P03") == (
        "MSH|^~\\&|PACSHUB|GH|BILL|GH|20261124100000+0100||DFT^P03^DFT_P03|C1|T|2.5.1"
        "||||||UNICODE UTF-8"
    )


@pytest.mark.parametrize("over", [{"identifiers": ()}, {"name": ""}])
def test_a_nameless_patient_is_not_written(over: dict[str, object]) -> None:
    with pytest.raises(Incomplete):
        maps.patient(outgoing.person(**over))


def test_what_is_not_known_is_left_empty() -> None:
    person = outgoing.person(birth_date=None, sex="", account_number="")
    assert maps.patient(person).endswith("DOE^JANE^M^JR^DR^^L|||U")
    assert maps.visit(
        outgoing.visit(patient_class="", referring_physician_name=""), outgoing.envelope()
    ) == ("PV1|1|U|RAD" + "|" * 16 + "V77")
