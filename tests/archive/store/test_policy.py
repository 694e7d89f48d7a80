"""What the site file says about odd objects becomes one answer for each peer."""

from __future__ import annotations

import pytest

from archive.store.policy import ACCEPT, DECIDED, GB, KEEP_ASIDE, REFUSE, Policies, policies_of

CT = "1.2.840.10008.5.1.4.1.1.2"
NEWER = "1.2.840.10008.5.1.4.1.1.999.1"
PRIVATE = "1.2.752.24.3.1"


def test_a_site_that_says_nothing_gets_the_defaults() -> None:
    assert policies_of(site={}, peer={}) == Policies()
    assert Policies().different_object == KEEP_ASIDE
    assert Policies().reserve == GB


def test_a_peer_overrides_the_site_key_by_key() -> None:
    site = {"different_object": REFUSE, "missing_patient_id": REFUSE}
    both = policies_of(site=site, peer={"different_object": KEEP_ASIDE})
    assert (both.different_object, both.missing_patient_id) == (KEEP_ASIDE, REFUSE)


def test_private_classes_and_syntaxes_of_site_and_peer_add_up() -> None:
    site = {"sop_classes": [PRIVATE], "transfer_syntaxes": ["1.2.3"]}
    both = policies_of(site=site, peer={"sop_classes": ["1.2.4"], "transfer_syntaxes": ["1.2.3"]})
    assert both.takes(PRIVATE)
    assert both.takes("1.2.4")
    assert both.transfer_syntaxes == ("1.2.3",)


def test_quotas_are_told_apart_and_in_bytes() -> None:
    both = policies_of(site={"quota_gb": 100, "reserve_gb": 0}, peer={"quota_gb": 3})
    assert (both.quota, both.peer_quota, both.reserve) == (100 * GB, 3 * GB, 0)


@pytest.mark.parametrize(
    ("uid", "by_default", "when_unknown_is_refused"),
    [(CT, True, True), (NEWER, True, False), (PRIVATE, False, False)],
)
def test_which_classes_are_taken(uid: str, by_default: bool, when_unknown_is_refused: bool) -> None:
    assert Policies().takes(uid) == by_default
    assert Policies(unknown_sop_class=REFUSE).takes(uid) == when_unknown_is_refused


def test_what_was_decided_is_taken_whatever_it_is() -> None:
    assert DECIDED.takes(PRIVATE)
    assert DECIDED.missing_patient_id == ACCEPT
    assert not DECIDED.checks_patient
    assert Policies().checks_patient
