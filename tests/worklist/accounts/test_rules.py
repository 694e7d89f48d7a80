"""Places of what is listed on an account."""

from __future__ import annotations

from worklist.accounts.rules import Told, numbered


def test_rows_keep_their_places_and_those_without_go_last() -> None:
    first, second, third = (
        Told(position=number, fields={"n": place})
        for place, number in enumerate((1, 0, 1), start=1)
    )
    assert numbered((first, second, third)) == {1: first, 2: second, 3: third}
