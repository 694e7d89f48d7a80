"""The hub asks a hub: what one side says of people, the other understands (ITI-9, ITI-21)."""

from __future__ import annotations

import pytest

from archive.patients.rules import Identifier
from integrations.hl7.maps.patient2qbp import Wanted
from integrations.hl7.outbound.asking import UnknownIdentifier, ask_pdq, ask_pix
from tests.support.builders import a_patient
from tests.support.mllp_door import a_receiver, a_sender, a_site, listening

pytestmark = pytest.mark.django_db(transaction=True)
YAMADA = "Yamada^Tarou=山田^太郎=やまだ^たろう"


def test_people_and_their_identifiers_come_back_unharmed() -> None:
    a_site()
    a_sender(name="HUB", application="PACSHUB", options={"queries": True})
    a_patient()
    a_patient(
        identifiers=(
            Identifier(value="P2", issuer="GH", type_code="MR"),
            Identifier(value="77", issuer="NAT"),
        ),
        name=YAMADA,
    )
    with listening() as port:
        a_receiver(
            port=port,
            name="INDEX",
            messages=["QBP^Q22", "QBP^Q23"],
            character_set="UNICODE UTF-8",
        )
        (found,) = ask_pdq(wanted=Wanted(family="Yamada")).candidates
        assert found.name == YAMADA
        assert {value for value, _, _ in found.identifiers} == {"P2", "77"}
        assert ask_pdq(wanted=Wanted(family="Nobody")).candidates == ()
        (same,) = ask_pix(identifier="P2", issuer="GH", domains=("NAT",)).candidates
        assert [value for value, _, _ in same.identifiers] == ["77"]
        with pytest.raises(UnknownIdentifier):
            ask_pix(identifier="P9", issuer="GH")
