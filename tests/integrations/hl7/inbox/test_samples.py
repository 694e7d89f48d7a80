"""Messages of many vendors: each gets an answer, and the listener goes on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from integrations.hl7.inbox.models import InboundMessage
from tests.support.messages import adt, control_id, msh
from tests.support.mllp_door import a_sender, a_site, listening
from tests.support.peers.hospital import Ack, HospitalSystem

SAMPLES = sorted(Path("../shared/samples/hl7v2").glob("*.hl7"))


def _answered(system: HospitalSystem, path: Path) -> bool:
    """Send a sample and then a plain message; whatever came before its answer is the sample's."""
    number = control_id()
    system.write(path.read_bytes())
    system.write(adt("A08", header=msh("ADT^A08", number=number)))
    answers = [Ack(system.read())]
    while answers[-1].answers != number:  # enhanced mode: kept, and what came of it
        answers.append(Ack(system.read()))
    assert (answers[-1].answers, answers[-1].code) == (number, "AA"), path.name
    return len(answers) > 1


def _wants_none(name: str) -> bool:
    raw = next(path for path in SAMPLES if path.name == name).read_bytes()
    fields = re.split(rb"[\r\n]", raw)[0].split(raw[3:4])
    wishes = [field.strip() for field in fields[14:16]]
    if fields[8].startswith((b"ACK", b"MCF")):  # some without MSA
        return True
    return re.search(rb"[\r\n]MSA", raw) is not None or b"AL" not in wishes and any(wishes)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    not SAMPLES, reason="../shared/samples/hl7v2 is absent: samples are not part of the project"
)
def test_every_sample_is_kept_and_answered() -> None:
    a_site()
    a_sender(name="ANY", application="*", facility="*", address=["*"])
    with listening() as port, HospitalSystem(port, seconds=30) as system:
        silent = [path.name for path in SAMPLES if not _answered(system, path)]
    answered = [name for name in silent if not _wants_none(name)]
    assert not answered, "only acknowledgements, and those that ask for no answer, get none"
    crashed = InboundMessage.objects.filter(error_code="crash")
    assert not crashed.exists(), [(m.message_type, m.error_text) for m in crashed]
    assert not InboundMessage.objects.filter(processing_state="received").exists()
    applied = InboundMessage.objects.filter(processing_state="processed").count()
    assert applied >= 40, "real messages of the types we take are mostly applied"
