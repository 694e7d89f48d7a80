"""How a receiver wants its messages is checked, and ends up where the sender looks for it."""

from __future__ import annotations

import pytest

from integrations.hl7.outbound.options import PeerOptions
from pacs_hub.site.hl7_peer import hl7_columns
from pacs_hub.site.schema import SiteFileWrong, parse

SITE = '[site]\nname = "GH"\nfacility = "GH"\n'
PEER = '[[hl7_peer]]\nname = "RIS"\ndirection = "out"\nhost = "h"\nport = 1\n'
MESSAGES = 'messages = ["ORM^O01"]\n'


def options(more: str) -> PeerOptions:
    row = parse(SITE + PEER + MESSAGES + more).hl7_peer[0]
    return PeerOptions.of(hl7_columns(row)["options"])


def test_a_receiver_without_keys_has_no_options_and_every_default() -> None:
    assert hl7_columns(parse(SITE + PEER + MESSAGES).hl7_peer[0])["options"] == {}
    assert options("") == PeerOptions()


def test_what_the_file_says_is_what_the_sender_reads() -> None:
    said = options(
        'order_message = "OMI^O23"\nseparators = "#*!?$"\nsegment_end = "CRLF"\ntls = true\n'
        'overrides = ["MSH-5 = OLD", "PID-2 <- PID-3.1"]\nunencodable = "refuse"\n'
        'on_rejection = "wait"\nacknowledgement = "enhanced"\nanswer_seconds = 60\n'
        "keep_open_seconds = 0\nimages_available = true\nreport_pdf = false\n"
    )
    assert said == PeerOptions(
        order_message="OMI^O23",
        separators="#*!?$",
        segment_end="CRLF",
        tls=True,
        overrides=(
            {"path": "MSH-5", "value": "OLD"},
            {"path": "PID-2", "from": "PID-3.1"},
        ),
        unencodable="refuse",
        on_rejection="wait",
        acknowledgement="enhanced",
        answer_seconds=60,
        keep_open_seconds=0,
        images_available=True,
        report_pdf=False,
    )


@pytest.mark.parametrize(
    "line",
    [
        'order_message = "ADT^A08"',
        'separators = "|^~"',
        'separators = "||~&x"',
        'segment_end = "TAB"',
        'overrides = ["PID = 3"]',
        'overrides = ["PID-3"]',
        'unencodable = "silently"',
        'on_rejection = "panic"',
        'acknowledgement = "never"',
        "answer_seconds = 0",
        'tls = "yes"',
        'character_set = "CNS 11643-1992"',
        'character_set = "UNICODE UTF-8~8859/1"',
        'order_message = "OMI^O23"\nversion = "2.3.1"',
        'version = "2.2"\norder_message = "OMG^O19"',
        "create_on_update = true",
    ],
)
def test_what_is_none_is_told(line: str) -> None:
    with pytest.raises(SiteFileWrong):
        parse(SITE + PEER + MESSAGES + line + "\n")


def test_a_sender_is_not_written_to() -> None:
    sender = '[[hl7_peer]]\nname = "HIS"\ndirection = "in"\naddress = ["*"]\ntls = true\n'
    with pytest.raises(SiteFileWrong):
        parse(SITE + sender)
