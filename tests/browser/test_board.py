"""The exam board in a real browser."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from pacs_hub.kernel import clock
from tests.support.person import Person
from worklist.exams.models import Exam

pytestmark = pytest.mark.django_db(transaction=True)


def selected(person: Person) -> list[str]:
    return [row.get_attribute("id") for row in person.all("tr.sel")]


def test_a_signed_in_person_sees_the_day_and_the_browser_complains_of_nothing(
    person: Person, day: list[Exam]
) -> None:
    person.sign_in()
    assert len(person.all("tr[data-href]")) == len(day)
    assert "Okafor, Grace" in person.text()
    assert person.complaints() == []


def test_a_page_weighs_less_than_300_kilobytes(person: Person, day: list[Exam]) -> None:
    person.sign_in()
    person.open("/")
    person.until(lambda: person.browser.execute_script("return document.fonts.status == 'loaded'"))
    weight = person.browser.execute_script(
        "return performance.getEntriesByType('resource')"
        ".concat(performance.getEntriesByType('navigation'))"
        ".reduce((sum, entry) => sum + entry.encodedBodySize, 0)"
    )
    assert 50_000 < weight < 300_000


def test_keys_move_open_and_search(person: Person, day: list[Exam]) -> None:
    person.sign_in()
    rows = [row.get_attribute("id") for row in person.all("tr[data-href]")]
    person.press("j")
    person.press("j")
    assert selected(person) == [rows[1]]
    person.press("k")
    assert selected(person) == [rows[0]]
    person.press("/")
    assert person.browser.switch_to.active_element.get_attribute("id") == "find"
    person.press(Keys.ESCAPE)
    person.press("j")
    person.press(Keys.ENTER)
    person.until(lambda: "/exams/" in person.browser.current_url)
    assert person.browser.current_url.endswith(f"/exams/{rows[1].removeprefix('exam-')}/")


def test_the_board_follows_without_reloading_and_keeps_the_selection(
    person: Person, day: list[Exam]
) -> None:
    person.sign_in()
    person.press("j")
    before = selected(person)
    person.browser.execute_script("window.notReloaded = true")
    exam = day[0]
    Exam.objects.filter(pk=exam.pk).update(number_of_instances=777, updated_at=clock.now())
    person.until(lambda: "777 arriving" in person.text())
    assert person.browser.execute_script("return window.notReloaded")
    assert selected(person) == before


def test_searching_narrows_as_one_types(person: Person, day: list[Exam]) -> None:
    person.sign_in()
    person.find("#find").send_keys("hadd")
    person.until(lambda: len(person.all("tr[data-href]")) == 1)
    assert "Haddad, Layla" in person.text()
    assert person.browser.current_url.endswith("?q=hadd")


def test_a_station_of_the_strip_filters(person: Person, day: list[Exam]) -> None:
    person.sign_in()
    person.find("nav.flow a:nth-child(4)").click()
    person.until(lambda: "strip=in_progress" in person.browser.current_url)
    assert len(person.all("tr[data-href]")) == 2


def test_a_room_is_chosen_from_the_list(person: Person, day: list[Exam]) -> None:
    person.sign_in()
    person.find("select[name=room] option[value=MG1]").click()
    person.until(lambda: "room=MG1" in person.browser.current_url)
    assert len(person.all("tr[data-href]")) == 2


def test_the_theme_is_chosen_and_kept(person: Person, day: list[Exam]) -> None:
    person.sign_in()
    light = person.find("body").value_of_css_property("background-color")
    person.find(".account summary").click()
    person.find("[data-theme-choice=dark]").click()
    dark = person.find("body").value_of_css_property("background-color")
    assert dark != light
    person.open("/messages/")
    assert person.find("body").value_of_css_property("background-color") == dark


@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_no_page_is_wider_than_the_screen(person: Person, day: list[Exam], width: int) -> None:
    person.sign_in()
    person.screen(width=width)
    pages = ("/", f"/exams/{day[1].pk}/", "/studies/", "/messages/", "/connections/")
    for page in (*pages, "/settings/"):
        person.open(page)
        wide = person.browser.execute_script("return document.documentElement.scrollWidth")
        assert wide <= width, page


def test_an_exam_is_checked_in_from_its_page(person: Person, day: list[Exam]) -> None:
    person.sign_in("technologist")
    exam = next(exam for exam in day if exam.patient.name.startswith("Ben David"))
    person.open(f"/exams/{exam.pk}/")
    person.click(".acts summary")
    assert "stays on the worklist of X-ray 1" in person.text()
    person.click(".acts details[open] button")
    person.until(lambda: "Checked in." in person.text())
    exam.refresh_from_db()
    assert exam.status == "arrived"


def test_a_lost_hub_is_told_and_found_again(person: Person, day: list[Exam]) -> None:
    person.sign_in()
    assert not person.find("#offline").is_displayed()
    person.browser.execute_cdp_cmd("Network.enable", {})
    person.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*"]})
    try:
        person.until(lambda: person.find("#offline").is_displayed())
        assert "No answer from the hub since" in person.text()
        assert len(person.all("tr[data-href]")) == len(day)
    finally:
        person.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    person.until(lambda: not person.find("#offline").is_displayed())
