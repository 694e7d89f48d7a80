"""A site file is applied as a whole or not at all, and every version can come back."""

from __future__ import annotations

import pytest

from pacs_hub.access.models import DicomPeer, FhirPeer, Hl7Peer, Site
from pacs_hub.access.queries import peer_policies, site_policies
from pacs_hub.access.services import replace_peers
from pacs_hub.audit.models import AuditRow
from pacs_hub.demo.configure import configure
from pacs_hub.kernel.origin import Origin
from pacs_hub.site import queries, services
from pacs_hub.site.schema import SiteFileWrong
from pacs_hub.site.services import NoSuchVersion
from tests.pacs_hub.site.test_schema import EXAMPLE, SITE
from worklist.models import Procedure, Station

pytestmark = pytest.mark.django_db

ORIGIN = Origin(door="command", actor="root")
CT1 = '[[dicom_peer]]\nae_title = "CT1"\nhost = "127.0.0.1"\nport = 104\n'


def test_the_example_is_applied_whole() -> None:
    applied = services.apply(text=EXAMPLE.read_text(encoding="utf-8"), origin=ORIGIN)
    assert applied.number == 1
    assert Site.objects.get().time_zone == "Europe/Paris"
    assert set(DicomPeer.objects.values_list("ae_title", flat=True)) == {"CT1", "DOCTOR_PC"}
    assert Hl7Peer.objects.get(direction="out").messages == ["DFT^P03"]
    assert FhirPeer.objects.get().send == ["ImagingStudy", "DiagnosticReport"]
    assert Station.objects.get().procedures == ["CTHEAD"]
    assert Procedure.objects.get().cpt == "70450"
    assert AuditRow.objects.get().object_type == "site"


def test_the_policies_of_the_archive_and_of_a_peer_reach_those_who_ask() -> None:
    archive = '[archive]\ndifferent_object = "refuse"\nquota_gb = 5\n'
    peer = CT1 + 'missing_patient_id = "refuse"\nsop_classes = ["1.2.3"]\n'
    services.apply(text=SITE + archive + peer, origin=ORIGIN)
    assert site_policies() == {"different_object": "refuse", "quota_gb": 5}
    assert peer_policies("CT1") == {"missing_patient_id": "refuse", "sop_classes": ["1.2.3"]}
    changed = services.apply(text=SITE + "[archive]\nquota_gb = 6\n" + CT1, origin=ORIGIN).changes
    assert "archive: different_object refuse -> nothing" in changed
    assert "archive: quota_gb 5 -> 6" in changed
    assert "dicom_peer CT1: missing_patient_id refuse -> nothing" in changed
    assert peer_policies("CT1") == {}


def test_a_peer_may_say_that_it_reports_no_steps() -> None:
    services.apply(text=SITE + CT1 + "mpps = false\n", origin=ORIGIN)
    assert DicomPeer.objects.get().options == {"mpps": False}
    services.apply(text=SITE + CT1 + "mpps = true\n", origin=ORIGIN)
    assert DicomPeer.objects.get().options == {}


def test_the_address_of_a_peer_is_that_of_its_host_unless_said() -> None:
    services.apply(text=SITE + CT1, origin=ORIGIN)
    assert DicomPeer.objects.get().address == ["127.0.0.1"]


def test_a_host_name_stands_for_its_addresses() -> None:
    assert "127.0.0.1" in services.addresses_of("localhost")
    assert services.addresses_of("no-such-host.invalid") == []


def test_a_wrong_file_changes_nothing() -> None:
    services.apply(text=SITE + CT1, origin=ORIGIN)
    with pytest.raises(SiteFileWrong):
        services.apply(text=SITE + CT1.replace("104", "0"), origin=ORIGIN)
    assert DicomPeer.objects.get().port == 104
    assert queries.history().count() == 1


def test_what_a_new_file_leaves_out_is_gone_but_simulated_peers_stay() -> None:
    services.apply(text=SITE + CT1, origin=ORIGIN)
    simulated = {"ae_title": "SIM_CT", "address": ["127.0.0.1"], "may": ["store"]}
    replace_peers(dicom=[simulated], hl7=[], fhir=[], simulated=True)
    applied = services.apply(text=SITE, origin=ORIGIN)
    assert applied.changes == ("dicom_peer CT1: removed",)
    assert DicomPeer.objects.get().ae_title == "SIM_CT"


def test_the_same_file_again_makes_no_version_but_puts_rows_right() -> None:
    services.apply(text=SITE + CT1, origin=ORIGIN)
    DicomPeer.objects.all().delete()
    assert services.apply(text=SITE + CT1, origin=ORIGIN).number == 1
    assert DicomPeer.objects.exists()


def test_checking_says_what_would_change_and_changes_nothing() -> None:
    services.apply(text=SITE, origin=ORIGIN)
    assert services.check(text=SITE + CT1).changes == ("dicom_peer CT1: added",)
    assert not DicomPeer.objects.exists()


def test_rolling_back_applies_an_earlier_version_as_a_new_one() -> None:
    services.apply(text=SITE + CT1, origin=ORIGIN)
    services.apply(text=SITE, origin=ORIGIN)
    applied = services.rollback(number=1, origin=ORIGIN)
    assert applied.number == 3
    assert applied.changes == ("dicom_peer CT1: added",)
    assert DicomPeer.objects.exists()


def test_rolling_back_to_what_never_was_is_an_error() -> None:
    with pytest.raises(NoSuchVersion):
        services.rollback(number=7, origin=ORIGIN)


def test_a_peer_accepted_on_a_page_is_told_before_the_file_removes_it() -> None:
    services.apply(text=SITE, origin=ORIGIN)
    replace_peers(dicom=[{"ae_title": "CT9", "address": ["10.0.0.9"]}], hl7=[], fhir=[])
    (line,) = services.check(text=SITE).changes
    assert line.startswith("dicom_peer CT9: removed, it was accepted on a page")
    assert services.apply(text=SITE + CT1, origin=ORIGIN).changes[-1] == line


def test_the_simulated_hospital_leaves_what_is_real_alone() -> None:
    services.apply(text=EXAMPLE.read_text(encoding="utf-8"), origin=ORIGIN)
    configure()
    assert DicomPeer.objects.get(ae_title="CT1").port == 11200
    assert not Station.objects.get(ae_title="CT1").simulated
    assert Hl7Peer.objects.get(name="BILLING").port == 7001
    assert Procedure.objects.filter(simulated=True, active=True).exists()
    services.apply(text=SITE, origin=ORIGIN)
    assert Procedure.objects.filter(simulated=True, active=True).exists()
    assert not Procedure.objects.filter(simulated=False, active=True).exists()
