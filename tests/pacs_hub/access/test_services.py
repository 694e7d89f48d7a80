"""Users, tokens, peers and refusals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pacs_hub.access.models import DicomPeer, Hl7Peer, RefusedCaller, Token, User
from pacs_hub.access.queries import principal_of_token, refused_callers
from pacs_hub.access.services import (
    NoSuchRole,
    dismiss_refusal,
    issue_token,
    make_first_user,
    record_refusal,
    replace_peers,
    set_user,
)
from pacs_hub.kernel import clock
from pacs_hub.kernel.errors import Malformed

pytestmark = pytest.mark.django_db


def test_a_token_is_known_by_its_secret_and_only_its_digest_is_kept() -> None:
    secret = issue_token(name="emr", role="integrator")
    principal = principal_of_token(secret, now=clock.now())
    assert principal is not None
    assert (principal.name, principal.role, principal.is_person) == ("emr", "integrator", False)
    assert secret not in str(Token.objects.values_list())
    assert principal_of_token(secret + "x", now=clock.now()) is None


def test_a_token_ends_on_its_day() -> None:
    secret = issue_token(name="emr", role="integrator", days=1)
    assert principal_of_token(secret, now=clock.now() + timedelta(hours=23)) is not None
    assert principal_of_token(secret, now=clock.now() + timedelta(days=1)) is None


def test_a_role_nobody_knows_is_refused() -> None:
    with pytest.raises(NoSuchRole):
        issue_token(name="x", role="root")
    with pytest.raises(NoSuchRole):
        set_user(name="x", role="root", password="secret")
    assert not User.objects.exists()


def test_an_empty_password_is_refused() -> None:
    with pytest.raises(Malformed):
        set_user(name="x", role="admin", password="")


def test_the_first_user_has_a_password_that_ends() -> None:
    now = clock.now()
    first = make_first_user(now=now)
    assert first is not None
    user = User.objects.get()
    assert user.check_password(first[1])
    assert user.one_time_password_until == now + timedelta(hours=24)


def test_a_first_user_who_has_signed_in_keeps_their_password() -> None:
    now = clock.now()
    shown_to_nobody, shown = make_first_user(now=now), make_first_user(now=now)
    assert shown_to_nobody != shown
    User.objects.update(last_login=now)
    assert make_first_user(now=now) is None


def test_a_caller_refused_again_is_one_card_that_counts() -> None:
    for _ in range(3):
        record_refusal(
            door="dicom",
            caller="CT9",
            address="10.0.0.9",
            asked_for="store",
            reason="CT9 is not configured here",
            code="calling-ae-unknown",
        )
    card = RefusedCaller.objects.get()
    assert card.times == 3
    dismiss_refusal(refusal_id=card.pk, now=clock.now())
    assert not refused_callers().exists()


def test_replacing_the_real_peers_leaves_the_simulated_ones() -> None:
    simulated = {"ae_title": "SIM1", "host": "127.0.0.1", "port": 1, "may": ["store"]}
    replace_peers(dicom=[simulated], hl7=[], fhir=[], simulated=True)
    hl7 = {"name": "HIS", "direction": "in", "application": "HIS", "facility": "GH"}
    for title in ("CT1", "CT2"):
        replace_peers(
            dicom=[{**simulated, "ae_title": title}],
            hl7=[hl7],
            fhir=[{"name": "EMR", "base_url": "https://emr.example/fhir", "send": []}],
        )
    assert set(DicomPeer.objects.values_list("ae_title", flat=True)) == {"SIM1", "CT2"}
    assert Hl7Peer.objects.count() == 1
