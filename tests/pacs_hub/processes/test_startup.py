"""Before the first process: the first user."""

from __future__ import annotations

import pytest
from django.utils import timezone

from pacs_hub.access.models import User
from pacs_hub.access.services import make_first_user, set_user
from pacs_hub.kernel import clock

pytestmark = pytest.mark.django_db


def test_the_first_user_gets_a_new_password_at_each_start_until_they_sign_in() -> None:
    first = make_first_user(now=clock.now())
    second = make_first_user(now=clock.now())
    assert first is not None
    assert second is not None
    assert first[0] == second[0] == "admin"
    assert first[1] != second[1]
    assert User.objects.get().check_password(second[1])
    User.objects.update(last_login=timezone.now())
    assert make_first_user(now=clock.now()) is None


def test_where_there_are_users_no_first_one_is_made() -> None:
    set_user(name="kim", role="admin", password="a password")
    assert make_first_user(now=clock.now()) is None
    assert not User.objects.filter(username="admin").exists()
