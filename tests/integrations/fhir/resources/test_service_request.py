"""ServiceRequest: valid R4, and says what it should."""

import pytest

from integrations.fhir.resources.service_request import STATUS_OF
from tests.integrations.fhir.conftest import Story
from tests.support.fhir import read
from worklist.models import Order
from worklist.orders.models import OrderStatus

pytestmark = pytest.mark.django_db


def test_a_service_request(story: Story) -> None:
    found = read("ServiceRequest", story.exam.pk)
    kinds = {each["type"]["coding"][0]["code"]: each["value"] for each in found["identifier"]}
    assert kinds == {"PLAC": "PL1", "FILL": "FI1", "ACSN": story.exam.accession_number}
    assert (found["intent"], found["priority"]) == ("order", "stat")
    codes = {c["system"]: c["code"] for c in found["code"]["coding"]}
    assert codes["http://loinc.org"] == "30799-1"
    assert "CTHEAD" in codes.values()
    assert found["subject"]["reference"] == f"Patient/{story.patient.pk}"
    assert found["category"][0]["coding"][0]["code"] == "363679005"


@pytest.mark.parametrize("status", OrderStatus.values)
def test_every_order_status_has_its_word(story: Story, status: str) -> None:
    Order.objects.update(status=status)
    assert read("ServiceRequest", story.exam.pk)["status"] == STATUS_OF[status]
