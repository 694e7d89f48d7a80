"""MDM: a document is filed, changed, added to, replaced and withdrawn."""

from __future__ import annotations

import pytest

from integrations.hl7.inbound.context import Parked
from integrations.hl7.inbound.documents import receive
from tests.support.builders import an_exam
from tests.support.handling import handled, told
from tests.support.messages import mdm, pid
from worklist.models import Exam, Result

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def exam() -> Exam:
    return an_exam()


def reports() -> list[tuple[str, str, str]]:
    return list(Result.objects.order_by("version").values_list("number", "status", "text"))


def test_a_document_is_a_report() -> None:
    assert told(handled(receive, mdm())) == [("exam", "report filed as final")]
    assert Exam.objects.get().report_status == "final"


def test_an_announced_document_is_the_version_that_comes() -> None:
    handled(receive, mdm("T01", text=""))
    handled(receive, mdm(status="PA"))
    handled(receive, mdm("T03", text=""))
    assert [(number, status) for number, status, _ in reports()] == [
        ("DOC1", "preliminary"),
        ("DOC1", "final"),
    ]
    assert reports()[1][2] == reports()[0][2]


def test_the_same_number_again_is_no_new_version() -> None:
    handled(receive, mdm())
    assert told(handled(receive, mdm())) == [("report", "the report says nothing new")]


def test_a_replacement_corrects_and_is_idempotent() -> None:
    handled(receive, mdm())
    for _ in range(2):
        handled(receive, mdm("T10", number="DOC2", parent="DOC1", text="Nodule."))
    assert [(number, status) for number, status, _ in reports()] == [
        ("DOC1", "final"),
        ("DOC2", "amended"),
    ]
    assert Result.objects.get(number="DOC2").replaces == Result.objects.get(number="DOC1")
    assert Exam.objects.get().report_status == "amended"


def test_the_document_that_was_replaced_does_not_come_back() -> None:
    handled(receive, mdm())
    handled(receive, mdm("T10", number="DOC2", parent="DOC1", text="Nodule."))
    ((what, _),) = told(handled(receive, mdm(text="Something else.")))
    assert what == "warning"
    assert len(reports()) == 2


def test_a_replacement_of_nothing_is_filed_with_a_warning() -> None:
    effects = told(handled(receive, mdm("T10", number="DOC2", parent="DOC1")))
    assert [what for what, _ in effects] == ["warning", "exam"]
    assert reports()[0][1] == "final"


def test_an_addendum_waits_for_what_it_adds_to() -> None:
    more = mdm("T06", number="DOC2", parent="DOC1", text="Also seen.")
    with pytest.raises(Parked):
        handled(receive, more)
    handled(receive, mdm())
    handled(receive, more)
    handled(receive, more)
    assert [status for _, status, _ in reports()] == ["final", "appended"]
    assert reports()[1][2].endswith("Also seen.\n\nImpression:\nNormal.")


def test_an_edit_waits_for_the_document_and_amends_it() -> None:
    edit = mdm("T08", text="Not so normal.")
    with pytest.raises(Parked):
        handled(receive, edit)
    handled(receive, mdm())
    handled(receive, edit)
    assert [status for _, status, _ in reports()] == ["final", "amended"]


def test_a_final_document_that_is_cancelled_keeps_its_text() -> None:
    handled(receive, mdm())
    assert told(handled(receive, mdm("T11", text=""))) == [("exam", "report withdrawn: cancelled")]
    assert reports() == [("DOC1", "cancelled", "Impression:\nNormal.")]
    assert Exam.objects.get().report_status == "none"


def test_a_draft_that_is_cancelled_was_an_error() -> None:
    handled(receive, mdm(status="PA"))
    handled(receive, mdm("T11", text=""))
    assert reports()[0][1] == "entered_in_error"


@pytest.mark.parametrize("event", ["T03", "T05", "T07", "T09", "T11"])
def test_what_says_nothing_about_a_known_document_is_accepted_with_a_warning(event: str) -> None:
    effects = told(handled(receive, mdm(event, parent="DOC0", text="")))
    assert [what for what, _ in effects] == ["warning"]
    assert not reports()


@pytest.mark.parametrize("event", ["T03", "T11"])
def test_a_word_about_a_document_waits_where_the_document_waits(event: str) -> None:
    nobody = pid(identifier="P9^^^GH^MR")
    for message in (mdm(person=nobody), mdm(event, person=nobody, text="")):
        with pytest.raises(Parked):
            handled(receive, message)
    assert not reports(), "else the withdrawn report would come back when the patient does"
