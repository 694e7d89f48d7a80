"""DFT^P03: a charge told back confirms ours, and never makes one."""

from __future__ import annotations

import pytest

from integrations.billing.models import Charge, ExternalCharge
from integrations.billing.services import capture_charge, record_charge_sent
from integrations.hl7.inbound import keys
from integrations.hl7.inbound.charges import receive
from integrations.hl7.inbound.context import Parked
from tests.support.builders import HIS, a_patient, an_exam
from tests.support.handling import handled, told
from tests.support.messages import dft
from worklist.models import Exam, ExamEvent

pytestmark = pytest.mark.django_db


def our_charge() -> Charge:
    charge = capture_charge(exam_id=an_exam().pk, origin=HIS)
    record_charge_sent(charge_id=charge.pk, origin=HIS)
    return charge


def test_our_own_charge_is_confirmed_once() -> None:
    charge = our_charge()
    message = dft(number=charge.transaction_id, order="")
    assert told(handled(receive, message))[0] == (
        "charge",
        f"our charge is in their books: {charge.transaction_id}",
    )
    charge.refresh_from_db()
    assert charge.state == "accepted"
    assert charge.confirmed_at is not None
    assert Exam.objects.get().charge_status == "accepted"
    before = ExamEvent.objects.count()
    assert "told before" in told(handled(receive, message))[0][1]
    assert ExamEvent.objects.count() == before


def test_a_charge_of_others_is_kept_for_reconciliation_and_nothing_else() -> None:
    exam = an_exam(filler_order_number="F100")
    for _ in range(2):
        handled(receive, dft())
    row = ExternalCharge.objects.get()
    assert (row.exam, row.sender, row.transaction_id, row.code) == (exam, "HIS", "T1", "CTHEAD")
    assert not Charge.objects.exists()
    assert ExamEvent.objects.filter(kind="charge_external").count() == 1
    assert Exam.objects.get().charge_status == "none"


def test_a_charge_without_an_order_is_kept_with_its_patient() -> None:
    patient = a_patient()
    handled(receive, dft(order=""))
    assert ExternalCharge.objects.get().patient == patient


def test_a_charge_on_an_order_that_is_not_here_waits_for_it() -> None:
    a_patient()
    with pytest.raises(Parked) as caught:
        handled(receive, dft())
    assert set(keys.filler("F100", "RIS")) <= set(caught.value.keys)
    handled(receive, dft(), forced=True)
    assert ExternalCharge.objects.get().exam is None


def test_a_charge_of_somebody_unknown_waits() -> None:
    with pytest.raises(Parked):
        handled(receive, dft(order=""), forced=True)
