"""An answer to a query: what was asked comes back, then everybody who was found."""

from __future__ import annotations

from datetime import date

from integrations.hl7.maps.outgoing import Person
from integrations.hl7.maps.patient2rsp import Found, segments
from integrations.hl7.message import Message
from tests.support.messages import joined, msh

QUERY = Message(joined(msh("QBP^Q22"), "QPD|IHE PDQ Query|T1|@PID.5.1.1^O\\S\\NEIL"))
JANE = Person(identifiers=(("P1", "GH", "MR"),), name="DOE^JANE", birth_date=date(1970, 1, 1))


def test_the_question_comes_back_as_it_was_sent() -> None:
    qak, qpd = segments(QUERY, Found(status="NF"))
    assert qak == "QAK|T1|NF|IHE PDQ Query"
    assert qpd == "QPD|IHE PDQ Query|T1|@PID.5.1.1^O\\S\\NEIL"


def test_each_person_is_numbered_and_the_rest_is_pointed_to() -> None:
    lines = segments(QUERY, Found(status="OK", people=(JANE, JANE), pointer="people-7"))
    assert [line.split("|")[1] for line in lines[2:4]] == ["1", "2"]
    assert lines[2].startswith("PID|1||P1^^^GH^MR||DOE^JANE^")
    assert lines[4] == "DSC|people-7|I"


def test_who_has_no_name_is_told_as_ihe_has_it() -> None:
    nobody = Person(identifiers=(("P1", "GH", "MR"),), name="")
    line = segments(QUERY, Found(status="OK", people=(nobody,)))[2]
    assert line.split("|")[5] == "~^^^^^^S"


def test_other_separators_are_those_of_the_question() -> None:
    odd = Message("MSH#*~\\&#A#B###20300101##QBP*Q22#1#P#2.5\rQPD#IHE PDQ Query#T1#@PID.3.1*P1\r")
    line = segments(odd, Found(status="OK", people=(JANE,)))[2]
    assert line.startswith("PID#1##P1***GH*MR##DOE*JANE")
