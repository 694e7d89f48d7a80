"""The keys of an [[hl7_peer]] are checked, and end up where the doors look for them."""

from __future__ import annotations

import pytest

from integrations.hl7.inbound.options import LinkOptions
from pacs_hub.site.hl7_peer import hl7_columns
from pacs_hub.site.schema import SiteFileWrong, parse

SITE = '[site]\nname = "GH"\nfacility = "GH"\n'
PEER = '[[hl7_peer]]\nname = "HIS"\ndirection = "in"\naddress = ["*"]\n'


def options(more: str) -> LinkOptions:
    row = parse(SITE + PEER + more).hl7_peer[0]
    return LinkOptions.of(hl7_columns(row)["options"])


def test_a_sender_without_keys_has_no_options_and_every_default() -> None:
    assert hl7_columns(parse(SITE + PEER).hl7_peer[0])["options"] == {}
    assert options("") == LinkOptions()


def test_what_the_file_says_is_what_the_door_reads() -> None:
    said = options(
        'processing_ids = ["P", "T"]\ncreate_on_update = false\nresponse_style = "order"\n'
        'application_ack = "socket"\ntime_zone = "Europe/Paris"\ndefault_issuer = "X"\n'
    )
    assert said == LinkOptions(
        processing_ids=("P", "T"),
        create_on_update=False,
        response_style="order",
        application_ack="socket",
        time_zone="Europe/Paris",
        default_issuer="X",
    )


@pytest.mark.parametrize(
    "line",
    [
        'processing_ids = ["X"]',
        'response_style = "loud"',
        'time_zone = "Mars/Olympus"',
        'create_on_update = "no"',
        'arrival_event = "A01"',
    ],
)
def test_what_is_none_is_told(line: str) -> None:
    with pytest.raises(SiteFileWrong):
        parse(SITE + PEER + line + "\n")


def test_a_receiver_is_not_listened_to() -> None:
    out = PEER.replace('"in"', '"out"') + 'host = "h"\nport = 1\nmessages = ["DFT^P03"]\n'
    with pytest.raises(SiteFileWrong):
        parse(SITE + out + "shadow = true\n")
