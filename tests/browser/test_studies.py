"""What people do with studies, with real clicks: find, open, compare, upload, send, take away."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from pytest_django import Settings
from selenium.webdriver.common.keys import Keys

from archive.corrections.services import correct_study
from archive.dicom.json_model import text_value
from archive.models import Instance, Study
from archive.storage.filesystem import FilesystemArea
from archive.tasks import drive_lane
from pacs_hub.access.services import replace_peers
from pacs_hub.kernel import clock
from pacs_hub.kernel.origin import Origin
from tests.support import board, files
from tests.support.builders import an_exam
from tests.support.datasets import ct_series, part10, write_part10
from tests.support.dicom_door import dicom_peer
from tests.support.needs import program
from tests.support.person import Person
from tests.support.ports import free_ports
from tests.support.stored import area_in, settle, store
from worklist.models import StudyMatch

pytestmark = pytest.mark.django_db(transaction=True)
THEMES = ("light", "dark")


@pytest.fixture
def area(live_server: Any, tmp_path: Path, settings: Settings) -> FilesystemArea:
    board.a_site(time_zone="UTC")
    return area_in(tmp_path / "objects", settings)


@pytest.fixture
def studies(area: FilesystemArea) -> list[Study]:
    """Two people with a CT each."""
    store(
        *ct_series(4, PatientName="Okafor^Grace", PatientID="P1", AccessionNumber="A1"), area=area
    )
    store(*ct_series(2, PatientName="Silva^Ana", PatientID="P2", AccessionNumber="A2"), area=area)
    settle()
    return list(Study.objects.order_by("pk"))


def place(study: Study) -> str:
    return f"/studies/{study.study_instance_uid}/"


def wear(person: Person, theme: str) -> None:
    person.browser.add_cookie({"name": "hub_theme", "value": theme, "path": "/"})


def fits(person: Person) -> bool:
    """Say whether nothing has to be scrolled sideways."""
    script = "return document.documentElement.scrollWidth <= innerWidth"
    return bool(person.browser.execute_script(script))


def pictures_shown(person: Person, css: str) -> Callable[[], bool]:
    script = f"return [...document.querySelectorAll('{css} img')].every(i => i.naturalWidth > 0)"
    return lambda: bool(person.all(f"{css} img")) and bool(person.browser.execute_script(script))


@pytest.mark.parametrize("theme", THEMES)
def test_typing_finds_a_study_and_enter_opens_it(
    person: Person, studies: list[Study], theme: str
) -> None:
    person.sign_in("radiologist")
    wear(person, theme)
    person.open("/studies/")
    person.until(pictures_shown(person, ".studies"))
    person.press("/")
    person.press("silv")
    person.until(lambda: "Okafor" not in person.text())
    assert "Silva, Ana" in person.text()
    person.press(Keys.ESCAPE)
    person.press("j")
    person.press(Keys.ENTER)
    person.until(lambda: person.browser.current_url.endswith(place(studies[1])))
    person.until(pictures_shown(person, ".strip"))
    assert "Series" in person.text()
    assert person.complaints() == []


def test_chips_narrow_the_list_and_let_go_again(person: Person, studies: list[Study]) -> None:
    person.sign_in("admin")
    person.open("/studies/")
    person.find(".chips[aria-label='Modality'] .chip").click()
    assert "modality=CT" in person.browser.current_url
    person.find(".chips[aria-label='Study date'] .chip").click()
    assert "No study fits" in person.text()
    person.find(".chip.let").click()
    assert "Silva, Ana" in person.text()


def test_a_correction_stands_beside_what_came(person: Person, studies: list[Study]) -> None:
    study = studies[0]
    correct_study(
        study_id=study.pk,
        attributes={"00080050": text_value("SH", ["A-CORRECTED"])},
        reason="CORRECT",
        source="order",
        origin=Origin.over_http(user="ana"),
    )
    instance = Instance.objects.filter(study=study).first()
    assert instance is not None
    person.sign_in("admin")
    person.open(f"{place(study)}instances/{instance.sop_instance_uid}/tags/")
    row = person.find("tr[data-path='00080050']")
    assert row.find_element("css selector", ".was").text == "A1"
    assert row.find_element("css selector", ".is").text == "A-CORRECTED"
    person.find("#only-different").click()
    person.until(lambda: not person.find("tr[data-path='00100010']").is_displayed())
    person.find("#only-different").click()
    person.find("#in-page").send_keys("patient's name")
    person.until(lambda: not row.is_displayed())
    assert person.find("tr[data-path='00100010']").is_displayed()
    person.screen(width=390)
    assert fits(person)
    assert person.complaints() == []


def test_files_are_uploaded_and_each_says_what_became_of_it(
    person: Person, studies: list[Study], tmp_path: Path
) -> None:
    new = list(ct_series(3, PatientName="Haddad^Layla", PatientID="P3"))
    paths = [write_part10(image, tmp_path / f"{n}.dcm") for n, image in enumerate(new)]
    (tmp_path / "notes.txt").write_text("hello")
    taken = next(ct_series(1, PatientName="Okafor^Grace", PatientID="P1"))
    taken.SOPInstanceUID = Instance.objects.filter(study=studies[0]).values_list(
        "sop_instance_uid", flat=True
    )[0]
    (tmp_path / "taken.dcm").write_bytes(part10(taken))
    person.sign_in("technologist")
    person.open("/studies/")
    chosen = [*map(str, paths), str(tmp_path / "notes.txt"), str(tmp_path / "taken.dcm")]
    person.find("input[data-upload]").send_keys("\n".join(chosen))
    person.until(lambda: person.find("#upload").get_attribute("data-state") == "done")
    told = person.find("#upload").text
    assert "3 files stored, 2 not" in told
    assert "Not a DICOM file" in told
    assert "kept aside" in told
    person.until(lambda: "Haddad, Layla" in person.find("#live").text)
    person.find("#upload [data-studies] a").click()
    person.until(lambda: "Haddad, Layla" in person.find("h1").text)
    assert Study.objects.get(patient_id_received="P3").instances.count() == 3


DROP = """
const carried = new DataTransfer();
carried.items.add(new File([new Uint8Array(arguments[0])], arguments[1]));
for (const kind of ["dragenter", "dragover", "drop"])
  document.body.dispatchEvent(
    new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
"""


def test_a_letter_dropped_on_a_study_becomes_a_document_of_its_exam(
    person: Person, studies: list[Study]
) -> None:
    exam = an_exam()
    StudyMatch.objects.create(
        study=studies[0], exam=exam, state="linked", decided_by="hub", decided_at=clock.now()
    )
    person.sign_in("technologist")
    for path in (place(studies[0]), f"/exams/{exam.pk}/"):
        person.open(path)
        content = list(files.PDF + path.encode() + b"\n%%EOF\n")
        person.browser.execute_script(DROP, content, "letter.pdf")
        person.until(lambda: person.find("#upload").get_attribute("data-state") == "done")
        assert "attached" in person.find("#upload").text
        person.open(path)
        assert "letter" in person.find("#documents").text
    assert exam.documents.count() == 2


def test_who_may_not_upload_is_not_offered_it(person: Person, studies: list[Study]) -> None:
    person.sign_in("radiologist")
    person.open("/studies/")
    assert not person.all("input[data-upload]")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Run DCMTK's storescp; yields its port and its folder."""
    (port,) = free_ports(1)
    folder = tmp_path / "received"
    folder.mkdir()
    command = [program("storescp"), "-od", str(folder), "-aet", "PACS2", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        yield port, folder
        process.terminate()


@pytest.mark.parametrize("theme", THEMES)
def test_a_study_is_sent_with_a_click(
    person: Person, studies: list[Study], receiver: tuple[int, Path], theme: str
) -> None:
    port, folder = receiver
    replace_peers(dicom=(dicom_peer("PACS2", host="127.0.0.1", port=port),), hl7=(), fhir=())
    person.sign_in("radiologist")
    wear(person, theme)
    person.open(place(studies[0]))
    person.find("#actions summary").click()
    person.find("#actions form[action$='/send/'] button").click()
    person.until(lambda: person.browser.current_url.endswith("#sendings"))
    person.until(lambda: person.all(".notice.ok"))
    assert "Queued for PACS2." in person.text()
    drive_lane("PACS2")
    person.until(lambda: "sent 4 of 4" in " ".join(person.find("#sendings").text.split()))
    assert len(list(folder.iterdir())) == 4
    assert person.complaints() == []


def test_an_export_opens_as_a_zip_with_a_directory(
    person: Person, studies: list[Study], tmp_path: Path
) -> None:
    person.sign_in("radiologist")
    person.open(place(studies[0]))
    links = [link.get_attribute("href") for link in person.all("#actions a[download]")]
    cookies = {each["name"]: each["value"] for each in person.browser.get_cookies()}
    plain, disc = (requests.get(link, cookies=cookies, timeout=60) for link in links)
    with zipfile.ZipFile(io.BytesIO(plain.content)) as archive:
        assert len(archive.namelist()) == 4
    with zipfile.ZipFile(io.BytesIO(disc.content)) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "disc")
    directory = str(tmp_path / "disc" / "DICOMDIR")
    told = subprocess.run(
        [program("dcmdump"), directory], capture_output=True, check=True, text=True
    )
    assert told.stdout.count("[IMAGE]") == 4


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_no_page_scrolls_sideways_or_complains(
    person: Person, studies: list[Study], theme: str, width: int
) -> None:
    person.sign_in("admin")
    wear(person, theme)
    person.screen(width=width)
    series = studies[0].series.get().series_instance_uid
    for path in ("/studies/", place(studies[0]), f"{place(studies[0])}series/{series}/",
                 "/studies/storage/", "/studies/storage/aside/"):  # fmt: skip
        person.open(path)
        assert fits(person), path
    assert person.complaints() == []
