"""Verification finds what is off between objects and index, and heals what can be healed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from archive.keeping import services
from archive.keeping.models import Discarded, Finding, FindingKind, VerificationRound
from archive.models import Instance, KeptAside, Series, Study
from archive.storage.current import area as current_area
from archive.storage.filesystem import FilesystemArea
from archive.store.models import StudyState
from pacs_hub.kernel import clock
from tests.support.datasets import ct_instance, ct_series, part10
from tests.support.stored import settle, store

pytestmark = pytest.mark.django_db(transaction=True)
EXPLICIT = "1.2.840.10008.1.2.1"
Line = list[tuple[str, str]]


def verify(*, repair: bool = False) -> tuple[int, int, Line]:
    told: Line = []
    count, still_open = services.verify_all(
        area=current_area(),
        default_issuer="GH",
        repair=repair,
        tell=lambda finding: told.append((finding.kind, finding.state)),
        pause=lambda seconds: None,
    )
    return count, still_open, told


def test_an_archive_that_is_well_has_no_findings(area: FilesystemArea) -> None:
    store(*ct_series(3), area=area)
    assert verify() == (3, 0, [])


def test_damage_is_found_and_stays_until_the_bytes_are_right_again(area: FilesystemArea) -> None:
    (row,) = store(ct_instance(), area=area)
    path = area.path(row.storage_key)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"\xff")
    for _ in range(2):
        assert verify(repair=True)[1:] == (1, [("damaged-object", "open")])
    assert Finding.objects.get().sop_instance_uid == row.sop_instance_uid
    path.write_bytes(good[:-1])
    assert verify()[2] == [("damaged-object", "open")]
    path.write_bytes(good)
    assert verify()[1] == 0
    assert Finding.objects.get().state == "healed"


def test_a_missing_object_is_found(area: FilesystemArea) -> None:
    first, second = store(*ct_series(2), area=area)
    area.delete(second.storage_key)
    assert verify(repair=True) == (2, 1, [("missing-object", "open")])


def test_a_header_that_names_another_instance_is_found(area: FilesystemArea) -> None:
    first, second = store(*ct_series(2), area=area)
    Instance.objects.filter(pk=first.pk).update(
        storage_key=second.storage_key, sha256=second.sha256, size=second.size
    )
    found = verify()[2]
    assert ("wrong-identity", "open") in found


def test_an_object_without_a_row_is_filed_again_as_it_lies(area: FilesystemArea) -> None:
    rows = store(*ct_series(2), area=area)
    settle()
    lost = rows[1]
    lost.delete()
    Series.objects.update(metadata=b"\0\0\0\2")
    assert verify() == (1, 1, [("unfiled-object", "open")])
    assert verify(repair=True) == (1, 0, [("unfiled-object", "healed")])
    again = Instance.objects.get(sop_instance_uid=lost.sop_instance_uid)
    assert (again.storage_key, again.sha256, again.size) == (
        lost.storage_key,
        lost.sha256,
        lost.size,
    )
    assert (again.calling_ae, again.transfer_syntax_uid) == ("reindex", lost.transfer_syntax_uid)
    assert abs(again.received_at - lost.received_at) < timedelta(seconds=5)
    assert Series.objects.get().metadata is None
    assert Study.objects.get().state == StudyState.RECEIVING


def test_an_object_that_cannot_be_filed_is_set_aside(area: FilesystemArea, tmp_path: Path) -> None:
    (tmp_path / "objects/00/11").mkdir(parents=True)
    (tmp_path / "objects/00/11/odd.dcm").write_bytes(b"not DICOM at all" * 20)
    assert verify(repair=True)[1:] == (0, [("unfiled-object", "healed")])
    aside = KeptAside.objects.get()
    assert (aside.reason, area.size(aside.storage_key)) == ("not-dicom", 320)
    assert verify() == (0, 0, [])
    area.delete(aside.storage_key)
    assert verify(repair=True) == (0, 1, [("missing-object", "open")])


def test_a_cold_object_that_cannot_be_filed_is_set_aside_in_the_main_area(
    settings: Settings, area: FilesystemArea, tmp_path: Path
) -> None:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    (row,) = store(ct_instance(), area=area)
    other = part10(ct_instance(SOPInstanceUID=row.sop_instance_uid), transfer_syntax_uid=EXPLICIT)
    (tmp_path / "cold/00").mkdir(parents=True)
    (tmp_path / "cold/00/odd.dcm").write_bytes(b"odd")
    (tmp_path / "cold/00/other.dcm").write_bytes(other)
    assert verify(repair=True)[2] == [("unfiled-object", "healed")] * 2
    assert [area.size(aside.storage_key) for aside in KeptAside.objects.order_by("size")] == [
        3,
        len(other),
    ]
    assert verify() == (1, 0, [])


def test_a_copy_of_a_filed_object_goes_once_the_filed_one_is_known_to_be_well(
    area: FilesystemArea, tmp_path: Path
) -> None:
    (row,) = store(ct_instance(), area=area)
    copy = tmp_path / "objects/00" / Path(row.storage_key).name
    copy.parent.mkdir(exist_ok=True)
    copy.write_bytes(area.path(row.storage_key).read_bytes())
    area.path(row.storage_key).write_bytes(b"damaged")
    assert verify(repair=True)[1] == 2
    area.path(row.storage_key).write_bytes(copy.read_bytes())
    assert verify(repair=True)[1] == 0
    assert Discarded.objects.get().key == f"00/{copy.name}"
    assert area.path(row.storage_key).exists()


def test_the_second_copy_in_the_cold_area_heals_the_first(
    settings: Settings, area: FilesystemArea, tmp_path: Path
) -> None:
    settings.HUB_COLD_STORAGE_URL = f"file://{tmp_path}/cold"
    (row,) = store(ct_instance(), area=area)
    copy = tmp_path / "cold" / row.storage_key
    copy.parent.mkdir(parents=True)
    copy.write_bytes(area.path(row.storage_key).read_bytes())
    area.delete(row.storage_key)
    assert verify(repair=True)[2] == [("missing-object", "healed")]
    assert area.size(row.storage_key) == row.size
    os.utime(copy, (1, 1))  # no move takes so long
    assert verify(repair=True)[2] == [("second-copy", "healed")]
    assert Discarded.objects.get().key == f"cold/{row.storage_key}"
    assert verify() == (1, 0, [])


def test_the_command_says_what_is_off_and_fails(
    area: FilesystemArea, capsys: pytest.CaptureFixture[str]
) -> None:
    (row,) = store(ct_instance(), area=area)
    call_command("hub_verify")
    area.path(row.storage_key).write_bytes(b"x" * row.size)
    with pytest.raises(CommandError):
        call_command("hub_verify")
    assert f"open  damaged-object  {row.storage_key}" in capsys.readouterr().out


def tick(*, rate: float = 1e9) -> VerificationRound:
    services.verify_some(area=current_area(), bytes_per_second=rate, default_issuer="GH")
    walk = VerificationRound.objects.order_by("-pk")[0]
    VerificationRound.objects.filter(pk=walk.pk).update(at=walk.at - timedelta(seconds=10))
    return walk


def test_the_background_walk_goes_on_where_it_stopped(area: FilesystemArea) -> None:
    rows = store(*ct_series(4), area=area)
    area.delete(rows[3].storage_key)
    tick(rate=2000)  # a new round has saved nothing up yet
    assert tick(rate=2000).number_of_objects == 1
    assert tick(rate=2000).number_of_objects == 2
    for _ in range(8):
        walk = tick()
    assert (walk.number_of_objects, walk.findings) == (4, 1)
    assert walk.finished_at is not None
    assert Finding.objects.get().kind == FindingKind.MISSING
    tick()
    assert VerificationRound.objects.count() == 1


def test_the_background_walk_leaves_arrivals_alone_and_heals_what_is_old(
    area: FilesystemArea, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = store(ct_instance(), area=area)
    row.delete()
    for _ in range(4):
        tick()
    assert Finding.objects.count() == 0
    VerificationRound.objects.all().delete()
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    for _ in range(4):
        tick()
        later += timedelta(seconds=10)
    assert Instance.objects.count() == 1
    assert Finding.objects.get().state == "healed"


def test_a_rate_of_nothing_stops_the_walk(area: FilesystemArea) -> None:
    store(ct_instance(), area=area)
    for _ in range(2):
        assert tick(rate=0).number_of_objects == 0
