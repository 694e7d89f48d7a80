"""Messages of many vendors and versions: what each is answered, and what it does.

every_message.tsv has a row for each file: MSA-1 and ERR-3 of every answer, how the message is
kept, and what is in the database when it was the first to come. message_sequences.tsv has rows of
several files that tell of the same patient, order, appointment or document, one after another.
Where something was a judgement, `why` says the reason.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import hl7
import pytest
from django.db import transaction

from integrations.hl7 import batch
from integrations.hl7.inbox import batches, recovery, services
from integrations.hl7.inbox.arrivals import Receipt
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.kernel import clock
from tests.support.effects import effects
from tests.support.forwarding import relay
from tests.support.mllp_door import a_sender, a_site

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "hl7v2"
TABLE = Path(__file__).with_name("every_message.tsv")
SEQUENCES = Path(__file__).with_name("message_sequences.tsv")
COLUMNS = ("answer", "errors", "state", "effect")


def judged(table: Path) -> list[dict[str, str]]:
    """Return the rows of a table: files, and what is expected of them."""
    with table.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def became(*files: bytes) -> dict[str, str]:
    """Send files to an empty hub, and tell what came of it; the hub is empty again then."""
    with transaction.atomic():
        receipts = [receipt for raw in files for receipt in _taken(raw)]
        relay()
        found = {
            "answer": ",".join(_told(receipt, _code) or "-" for receipt in receipts),
            "errors": ",".join(_told(receipt, _errors) for receipt in receipts).strip(","),
            "state": ",".join(_kept(row) for row in InboundMessage.objects.order_by("pk")),
            "effect": effects(),
        }
        transaction.set_rollback(True)
    return found


def _taken(raw: bytes) -> list[Receipt]:
    if batch.is_batch(raw):
        return list(
            batches.receive(chunks=[raw], write=lambda _: None, address="10.0.0.1", routes=routes())
        )
    receipts = [services.receive(raw=raw, address="10.0.0.1", routes=routes())]
    recovery.apply_parked(routes=routes(), now=clock.now(), lease_seconds=30)
    return receipts


def _kept(row: InboundMessage) -> str:
    """Return the state of a message, with the error and the field it was refused for."""
    code = row.error_code if row.error_code != row.processing_state else ""
    return " ".join(filter(None, (row.processing_state, code, row.error_field)))


def _told(receipt: Receipt, what: Callable[[hl7.Message], str]) -> str:
    """Tell of the answer, and of the second one of enhanced mode: "CA AE"."""
    return " ".join(filter(None, map(what, _answers(receipt))))


def _answers(receipt: Receipt) -> list[hl7.Message]:
    """Read the answers in their own separators: they are those of the message."""
    written = [answer for answer in (receipt.answer, receipt.later) if answer]
    return [hl7.parse(answer.decode("latin-1")) for answer in written]


def _code(answer: hl7.Message) -> str:
    return str(answer["MSA"][0][1])


def _errors(answer: hl7.Message) -> str:
    """Return the conditions, with the severity of what was taken all the same: "101" "103W"."""
    found = {_condition(segment) for segment in answer if str(segment[0]) == "ERR"}
    return "+".join(sorted(found))


def _condition(err: hl7.Segment) -> str:
    if len(err) > 4:
        return f"{err[3][0][0]}{err[4]}".replace("E", "")
    return str(err[1][0][3][0])  # before 2.5 all of it is in ERR-1


pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not SAMPLES.is_dir(),
        reason="../shared/samples/hl7v2 is absent: samples are not part of the project",
    ),
]


def any_sender() -> None:
    """Let whoever the files say they are send from anywhere, of any mode, and ask."""
    a_site()
    options = {"processing_ids": ["P", "T", "D"], "queries": True}
    a_sender(name="ANY", application="*", facility="*", address=["*"], options=options)


def compare(table: Path) -> None:
    """Compare what becomes of the files of each row with what the table says."""
    any_sender()
    wrong = []
    for row in judged(table):
        names = row["file"].split()
        found = became(*[(SAMPLES / name).read_bytes() for name in names])
        expected = {column: row[column] or "" for column in COLUMNS}
        if found != expected:
            wrong.append(f"{row['file']}\n  expected {expected}\n  found    {found}")
    assert not wrong, "\n".join([f"{len(wrong)} differ", *wrong])


def test_every_message_is_answered_and_does_what_the_table_says() -> None:
    rows = {row["file"] for row in judged(TABLE)}
    assert {path.name for path in SAMPLES.glob("*.hl7")} - rows == set(), "files without a row"
    compare(TABLE)


def test_messages_that_follow_one_another_do_what_the_table_says() -> None:
    compare(SEQUENCES)
