"""The catalogue, and an order that follows what happened."""

from __future__ import annotations

import pytest

from tests.support.builders import HIS, a_procedure, an_exam
from worklist.models import Procedure
from worklist.orders.services import OrderStateForbids, follow_exam, move_order, replace_procedures

pytestmark = pytest.mark.django_db


def row(code: str) -> dict[str, object]:
    return {"code": code, "scheme": "L", "name": code.title(), "modality": "CT"}


def test_replacing_the_catalogue_keeps_what_others_refer_to() -> None:
    a_procedure()
    replace_procedures([row("CTABD")])
    active = Procedure.objects.filter(active=True).values_list("code", flat=True)
    assert list(active) == ["CTABD"]
    assert Procedure.objects.filter(code="CTHEAD", active=False).exists()


def test_a_code_that_comes_back_is_the_same_row() -> None:
    before = a_procedure()
    replace_procedures([row("CTABD")])
    replace_procedures([row("CTHEAD")])
    after = Procedure.objects.get(code="CTHEAD")
    assert (after.pk, after.active, after.name) == (before.pk, True, "Cthead")


def test_a_command_the_table_does_not_know_is_refused() -> None:
    order = an_exam().requested_procedure.order
    with pytest.raises(OrderStateForbids):
        move_order(order=order, command="release", origin=HIS)


def test_an_order_follows_its_exam_where_the_table_allows() -> None:
    order = an_exam().requested_procedure.order
    follow_exam(order=order, exam_status="completed", origin=HIS)
    follow_exam(order=order, exam_status="cancelled", origin=HIS)
    assert order.status == "completed"
