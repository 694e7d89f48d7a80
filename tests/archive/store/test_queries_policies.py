"""Whose policies hold for what comes in, and when a change of the site file counts."""

from __future__ import annotations

from typing import Any

import pytest

from archive.store.policy import DECIDED, REFUSE, Policies
from archive.store.queries import forget_policies, policies_for
from pacs_hub.access.services import replace_peers, set_site
from pacs_hub.kernel.origin import Origin
from tests.support.builders import CT1
from tests.support.dicom_door import dicom_peer

pytestmark = pytest.mark.django_db
KIM = Origin.over_http(user="CT1")  # a person whose name is that of a peer


def configure(**archive: str) -> None:
    set_site(
        name="General Hospital",
        facility="GH",
        time_zone="UTC",
        default_issuer="GH",
        archive=archive,
    )
    replace_peers(dicom=[dicom_peer(options={"different_object": "refuse"})], hl7=(), fhir=())


def test_a_hub_without_a_site_file_has_the_defaults() -> None:
    assert policies_for(CT1) == Policies()


def test_a_peer_has_its_own_and_a_person_those_of_the_site() -> None:
    configure(missing_patient_id="refuse")
    assert policies_for(CT1).different_object == REFUSE
    assert policies_for(CT1).missing_patient_id == REFUSE
    assert policies_for(KIM) == Policies(missing_patient_id=REFUSE)


def test_what_the_hub_files_itself_is_decided() -> None:
    configure(missing_patient_id="refuse")
    assert policies_for(Origin(door="hub", actor="reindex")) is DECIDED


def test_they_are_read_once_for_many_objects_and_again_later(
    django_assert_num_queries: Any,
) -> None:
    configure()
    policies_for(CT1)
    with django_assert_num_queries(0):
        assert policies_for(CT1).missing_patient_id != REFUSE
    configure(missing_patient_id="refuse")
    forget_policies()  # as two seconds do
    assert policies_for(CT1).missing_patient_id == REFUSE
