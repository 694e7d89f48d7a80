"""A peer's watched folder: each file is taken once, answered, and put where one finds it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from archive.models import Patient
from integrations.hl7.inbox import folders
from integrations.hl7.inbox.current import routes
from integrations.hl7.inbox.models import InboundMessage
from pacs_hub.access.models import Hl7Peer
from tests.support.messages import adt, msh, pid
from tests.support.mllp_door import a_sender, a_site

pytestmark = pytest.mark.django_db

BHS = "BHS|^~\\&|HIS|GH|PACSHUB|GH|20260101||||B1\r"


@pytest.fixture
def peer(tmp_path: Path) -> Hl7Peer:
    """A peer that drops files into a folder, and may call from nowhere."""
    a_site()
    return a_sender(address=[], options={"folder": str(tmp_path)})


def a_message(number: str, patient: str) -> str:
    header = msh("ADT^A08^ADT_A01", number=number)
    return adt("A08", person=pid(identifier=f"{patient}^^^GH^MR"), header=header)


def drop(folder: Path, name: str, content: str, *, seconds_ago: float = 60) -> Path:
    file = folder / name
    file.write_bytes(content.encode())
    when = time.time() - seconds_ago
    os.utime(file, (when, when))
    return file


def names(folder: Path) -> list[str]:
    """Return the names of the files, without the time we put in front."""
    return sorted(p.name.split("-", 2)[-1] for p in folder.iterdir() if not p.name.startswith("."))


def take() -> int:
    return folders.take_due(routes=routes())


def test_a_file_of_many_messages_is_taken_answered_and_put_away(
    peer: Hl7Peer, tmp_path: Path
) -> None:
    drop(tmp_path, "day.hl7", BHS + a_message("M1", "P1") + a_message("M2", "P2") + "BTS|2\r")
    assert take() == 1
    assert Patient.objects.count() == 2
    assert names(tmp_path / "done") == ["day.hl7"]
    [answer] = (tmp_path / "answers").iterdir()
    assert answer.read_text().count("MSA|AA|") == 2
    rows = InboundMessage.objects.order_by("pk")
    assert [(r.peer, r.address, r.ack_outcome) for r in rows] == [("HIS", "folder:HIS", "sent")] * 2
    assert take() == 0


def test_files_are_taken_in_the_order_they_came(peer: Hl7Peer, tmp_path: Path) -> None:
    drop(tmp_path, "a.hl7", a_message("M2", "P1"), seconds_ago=10)
    drop(tmp_path, "z.hl7", a_message("M1", "P1"), seconds_ago=20)
    assert take() == 2
    numbers = InboundMessage.objects.order_by("pk").values_list("control_id", flat=True)
    assert list(numbers) == ["M1", "M2"]


def test_a_file_somebody_may_still_write_is_left_alone(peer: Hl7Peer, tmp_path: Path) -> None:
    drop(tmp_path, "fresh.hl7", a_message("M1", "P1"), seconds_ago=0)
    drop(tmp_path, "big.hl7.part", a_message("M2", "P2"))
    drop(tmp_path, ".hidden", a_message("M3", "P3"))
    assert take() == 0
    assert InboundMessage.objects.count() == 0


def test_a_file_with_a_refused_message_is_put_where_a_person_looks(
    peer: Hl7Peer, tmp_path: Path
) -> None:
    drop(tmp_path, "odd.hl7", "this is no HL7\r" + a_message("M1", "P1"))
    drop(tmp_path, "empty.hl7", "")
    assert take() == 2
    assert names(tmp_path / "failed") == ["empty.hl7", "odd.hl7"]
    assert Patient.objects.count() == 1
    assert folders.look(peer).failed == 2


def test_what_a_crash_left_half_taken_is_taken_again_and_applied_once(
    peer: Hl7Peer, tmp_path: Path
) -> None:
    drop(tmp_path, "day.hl7", a_message("M1", "P1"))
    take()
    [done] = (tmp_path / "done").iterdir()
    done.rename(tmp_path / "taken" / done.name)
    drop(tmp_path / "taken", "more.hl7", a_message("M2", "P2"))
    assert take() == 2
    states = InboundMessage.objects.order_by("pk").values_list("processing_state", flat=True)
    assert sorted(states) == ["duplicate", "processed", "processed"]
    assert Patient.objects.count() == 2


def test_a_link_out_of_the_folder_is_not_followed(peer: Hl7Peer, tmp_path: Path) -> None:
    (tmp_path / "link.hl7").symlink_to("/etc/hostname")
    assert take() == 0
    assert (tmp_path / "link.hl7").is_symlink()


def test_a_folder_that_is_away_does_not_stop_the_others(peer: Hl7Peer, tmp_path: Path) -> None:
    gone = a_sender(name="GONE", options={"folder": str(tmp_path / "no" / "such")})
    drop(tmp_path, "day.hl7", a_message("M1", "P1"))
    assert take() == 1
    assert folders.look(gone).trouble == "the folder is not there"
