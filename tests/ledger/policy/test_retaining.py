"""What facts of an account set free, by the rules of the policy and after a rule went away. Pure."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

import pytest

from ledger.events import Coverage, FactKind
from ledger.facts import Claim
from ledger.policy.document import DEFAULT, load, read
from ledger.policy.model import PolicyDocument
from ledger.policy.retaining import Document, Fact, ended, wanted

POLICY = load(DEFAULT.read_text(encoding="utf-8"))
DAY = dt.date(2026, 6, 1)
ACCOUNT, CREDIT, LICENCE, MEMBER = (uuid4() for _ in range(4))


def claim(matter: UUID, rule: str, until: dt.date | None = None) -> Claim:
    return Claim(
        claim=uuid4(),
        ground="outstanding-credit",
        law=None,
        covers=(Coverage("billing-data", "*"),),
        until=until,
        review=None,
        decided_by="finance-lead",
        account=ACCOUNT,
        matter=matter,
        rule=rule,
    )


def fact(kind: FactKind, about: UUID) -> Fact:
    return Fact(kind, about, DAY, (Document(about, DAY),))


@pytest.mark.parametrize(("kind", "about"), [("member-left", MEMBER), ("account-closed", ACCOUNT)])
def test_a_rule_that_went_away_lets_nothing_go_before_its_time(kind: FactKind, about: UUID) -> None:
    """A new document calls the rules otherwise. An open credit and a licence's tax period hold on
    when a member leaves or the account is closed, as they do under a rule that is listed."""
    held = [
        claim(CREDIT, "rule-of-before"),
        claim(LICENCE, "rule-of-before", dt.date(2033, 12, 31)),
        claim(CREDIT, "credit-until-settled"),
    ]
    assert ended(POLICY, ACCOUNT, held, fact(kind, about)) == []


def test_what_is_last_said_of_its_own_matter_ends_it_without_its_rule() -> None:
    """Nothing is kept for ever because a rule went away."""
    held = claim(CREDIT, "rule-of-before")
    assert ended(POLICY, ACCOUNT, [held], fact("credit-settled", CREDIT)) == [held]
    assert ended(POLICY, ACCOUNT, [held], fact("credit-settled", LICENCE)) == []
    of_member = claim(MEMBER, "rule-of-before")
    assert ended(POLICY, ACCOUNT, [of_member], fact("member-left", MEMBER)) == [of_member]


def test_another_accounts_claims_are_none_of_its_business() -> None:
    """Whatever their rule says."""
    held = claim(CREDIT, "credit-until-settled")
    assert ended(POLICY, uuid4(), [held], fact("credit-settled", CREDIT)) == []


def test_a_claim_gets_the_longest_period_that_counts() -> None:
    """A period that was shortened, perhaps by a slip, takes effect after a delay; a claim keeps the
    end that it is given."""
    text = DEFAULT.read_text()
    days = load(text.replace("keep: P81M", "keep: P81D"))
    open_ended = read(text.replace("    keep: P81M\n", "").replace("    period: P93M\n", ""))
    fact = Fact("licence-paid", uuid4(), DAY, (Document(uuid4(), DAY),))

    def until(policy: PolicyDocument, *earlier: PolicyDocument) -> dt.date | None:
        (want,) = wanted(policy, "organisation", fact, DAY, earlier)
        return want.until

    long = until(POLICY)
    assert long is not None and until(days) != long
    assert until(days, POLICY) == until(POLICY, days) == long
    assert until(days, open_ended) is None
