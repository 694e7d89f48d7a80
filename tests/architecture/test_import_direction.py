"""The picture of the house: calls go down, events go up, nothing goes sideways."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.checks.imports import impure_files, unknown_rungs, wrong_imports
from tests.architecture.checks.source import PROJECT, plant


def test_every_import_goes_down() -> None:
    assert wrong_imports(PROJECT) == []


def test_every_part_stands_on_a_rung() -> None:
    assert unknown_rungs(PROJECT) == []


def test_every_kind_of_file_imports_only_what_it_may() -> None:
    assert impure_files(PROJECT) == []


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("archive/store/services.py", "from worklist.exams.models import Exam"),
        ("archive/store/services.py", "import integrations.billing.services"),
        ("worklist/orders/services.py", "from integrations.hl7 import inbound"),
        ("worklist/web/pages.py", "from pacs_hub.web import navigation"),
        ("worklist/web/pages.py", "from pacs_hub.site.services import apply"),
        ("pacs_hub/access/queries.py", "from archive.patients.models import Patient"),
        ("pacs_hub/kernel/errors.py", "from pacs_hub.outbox.publish import publish"),
        ("pacs_hub/outbox/relay.py", "from pacs_hub.wiring.subscriptions import SUBSCRIPTIONS"),
        ("archive/index/queries.py", "from archive.retrieve.plan import plan"),
        ("archive/patients/services.py", "from archive.storage.area import StorageArea"),
        ("worklist/exams/services.py", "from ..orders import services"),
        ("worklist/mwl/queries.py", "from worklist.mpps.models import PerformedProcedureStep"),
        ("integrations/billing/services.py", "from integrations.hl7.outbound import services"),
        ("integrations/fhir/search.py", "from integrations.hl7.message import Message"),
        ("integrations/hl7/inbound/adt.py", "from integrations.hl7.inbox import services"),
        ("integrations/hl7/mllp/server.py", "from integrations.hl7.message import Message"),
        ("integrations/hl7/mllp/client.py", "from pacs_hub.access import queries"),
        ("archive/dicom/dates.py", "from pacs_hub.access import queries"),
    ],
)
def test_an_import_up_or_sideways_is_found(tmp_path: Path, place: str, line: str) -> None:
    assert len(wrong_imports(plant(tmp_path, {place: line}))) == 1


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("integrations/hl7/inbound/orders.py", "from worklist.intake import services"),
        ("worklist/intake/services.py", "from worklist.exams.services import open_exam"),
        ("worklist/models.py", "from worklist.exams.models import Exam"),
        ("pacs_hub/wiring/subscriptions.py", "from integrations.hl7 import reactions"),
        ("archive/store/services.py", "from pacs_hub.outbox.publish import publish"),
    ],
)
def test_an_import_down_is_left_alone(tmp_path: Path, place: str, line: str) -> None:
    assert wrong_imports(plant(tmp_path, {place: line})) == []


def test_a_part_without_a_rung_is_found(tmp_path: Path) -> None:
    tree = plant(tmp_path, {"worklist/odds/services.py": "", "integrations/hl7/ends.py": ""})
    assert len(unknown_rungs(tree)) == 2


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("worklist/orders/rules.py", "from django.db import models"),
        ("worklist/orders/rules.py", "from pacs_hub.kernel import clock"),
        ("worklist/orders/rules.py", "from worklist.orders.models import Order"),
        ("worklist/reconcile/scoring.py", "from django.conf import settings"),
        ("archive/dicom/dates.py", "import time"),
        ("integrations/hl7/maps/orm2order.py", "from worklist.orders.models import Order"),
        ("integrations/fhir/resources/patient.py", "from django.conf import settings"),
        ("archive/store/services.py", "from rest_framework import serializers"),
        ("archive/store/services/_store.py", "import pynetdicom"),
        ("archive/store/models.py", "from archive.store.services import store_instance"),
        ("archive/index/queries.py", "from archive.store import services"),
        ("archive/store/events.py", "from archive.store.models import Study"),
        ("pacs_hub/kernel/origin.py", "from django.utils import timezone"),
    ],
)
def test_a_kind_of_file_with_a_wrong_import_is_found(tmp_path: Path, place: str, line: str) -> None:
    assert len(impure_files(plant(tmp_path, {place: line}))) == 1
