"""Find accounts; reads only."""

from __future__ import annotations

from django.db.models import Q

from worklist.accounts.models import Account, FormerAccountNumber


def account_of(*, number: str, authority: str) -> Account | None:
    """Return the account of that number, now or formerly, locked.

    A number without an authority also finds the account where only one has that number.
    """
    if not number:
        return None
    wanted = Q(number=number)
    if authority:
        wanted &= Q(authority__in=(authority, ""))
    accounts = Account.objects.select_for_update()
    found = list(accounts.filter(wanted)[:2])
    if len(found) == 1:
        return found[0]
    former = list(FormerAccountNumber.objects.filter(wanted)[:2])
    return accounts.get(pk=former[0].account_id) if len(former) == 1 else None
