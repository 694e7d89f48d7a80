"""What is billed for a performed procedure."""

from __future__ import annotations

from integrations.billing.rules import PerformedFacts, decide, transaction_id


def performed(*, in_catalogue: bool) -> PerformedFacts:
    return PerformedFacts(
        code="CTHEAD", scheme="L", name="CT head", cpt="70450", in_catalogue=in_catalogue
    )


def test_a_catalogue_procedure_has_one_line_and_may_leave() -> None:
    decision = decide(performed(in_catalogue=True))
    assert [line.cpt for line in decision.lines] == ["70450"]
    assert decision.hold_reason == ""


def test_an_unknown_procedure_has_none_and_is_held() -> None:
    decision = decide(performed(in_catalogue=False))
    assert decision.lines == ()
    assert "CTHEAD" in decision.hold_reason


def test_transaction_ids_fit_ft1_2_and_differ() -> None:
    ids = {transaction_id(charge_number=n) for n in (1, 2, 10_000_000)}
    assert len(ids) == 3
    assert all(len(each) == 12 for each in ids)
