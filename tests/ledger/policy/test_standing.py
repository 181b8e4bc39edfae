"""Standing access: each rule of a disclosure that speaks of no single person is asked of it, too."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from ledger.policy.model import PolicyDocument
from ledger.policy.standing import Reach, standing_access
from ledger.policy.ways import INSIDE
from tests.ledger.policy.people import POLICY, TODAY
from tests.ledger.policy.test_grounds import SCHOOL, Agreed, changed

HOST, DAY = "hosting-provider", dt.timedelta(days=1)
BOTH = pytest.mark.parametrize("policy", [POLICY, SCHOOL], ids=["shipped", "school"])


def found(
    recipient: str = HOST,
    purpose: str = "account-keeping",
    classes: tuple[str, ...] = ("contact-data",),
    country: str = "ireland",
    *,
    policy: PolicyDocument = POLICY,
    outsider: Agreed | None = None,
) -> list[str]:
    """The rules that this standing access breaks."""
    reach = Reach(purpose, classes, country)
    told = standing_access(policy, recipient, reach, outsider or Agreed(), TODAY)
    return [finding.rule for finding in told]


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ({"purpose": "sale-of-data"}, "purpose-prohibited"),
        ({"recipient": "nobody-listed"}, "recipient-unlisted"),
        ({"outsider": Agreed(None)}, "agreement-missing"),
        ({"outsider": Agreed("dpa", TODAY - DAY)}, "agreement-expired"),
        ({"purpose": "rights-handling"}, "purpose-not-for-recipient"),
        ({"country": "india"}, "country-not-for-recipient"),
        ({"country": "atlantis"}, "country-unlisted"),
        ({"purpose": "no-such-purpose"}, "purpose-unlisted"),
        ({"classes": ("contact-data", "billing-data")}, "attribute-not-for-purpose"),
        ({"classes": ("no-such-class",)}, "class-unlisted"),
        (
            {"purpose": "customer-helpdesk-service", "classes": ("usage-data",)},
            "attribute-not-for-recipient",
        ),
        (
            {
                "recipient": "support-contractor",
                "purpose": "customer-helpdesk-service",
                "classes": (),
                "country": "india",
            },
            "standing-not-for-recipient",
        ),
    ],
)
def test_one_rule_is_broken_by_reaching(said: dict[str, Any], rule: str) -> None:
    """P17: that one is found, and no other; also on its last day an agreement holds."""
    assert found() == found(outsider=Agreed("dpa", TODAY)) == []
    assert set(found(**said)) == {rule}


@BOTH
def test_what_may_never_be_passed_on_is_never_reached(policy: PolicyDocument) -> None:
    """P16: whoever it is, and found before any other rule."""
    marketing = [id_ for id_, one in policy.purposes.items() if one.marketing]
    assert policy.prohibited and marketing
    for code, one in policy.recipients.items():
        for purpose in policy.prohibited:
            rules = found(code, purpose, (), one.countries[0], policy=policy)
            assert rules[0] == "purpose-prohibited"
        for purpose in marketing:
            rules = found(code, purpose, (), one.countries[0], policy=policy)
            assert (rules[:1] == ["third-party-marketing"]) == (one.kind not in INSIDE)


@BOTH
def test_only_who_is_marked_reaches_anything(policy: PolicyDocument) -> None:
    """P15: the mark of the document alone decides where a ground asks for nothing else; where each
    has a reference, a consent or an authorisation, marking does not help."""
    for code, one in policy.recipients.items():
        marked = policy.model_copy(
            update={
                "recipients": policy.recipients | {code: one.model_copy(update={"standing": True})}
            }
        )
        rule = "standing-not-for-recipient"
        assert (rule in found(code, policy=policy)) == (not one.standing)
        expected = one.kind not in ("own-system", "processor", "affiliate")
        assert (rule in found(code, policy=marked)) == expected, code


def test_a_promise_of_silence_and_control_are_asked_for() -> None:
    """P15, P17: as of every disclosure."""
    silent = changed("recipients", HOST, confidential=False)
    assert found(policy=silent) == ["not-confidential"]
    mark = changed("recipients", "controlled-affiliate", standing=True)
    reach = {"recipient": "controlled-affiliate", "purpose": "product-delivery", "classes": ()}
    assert found(**reach, country="united-states", policy=mark) == []
    entity = mark.controllers["optimizory-america"]
    sold = mark.controllers | {
        "optimizory-america": entity.model_copy(update={"controlled_until": TODAY - DAY})
    }
    later = mark.model_copy(update={"controllers": sold})
    rules = found(**reach, country="united-states", policy=later)
    assert rules == ["affiliate-not-controlled"]


def test_for_what_is_carried_out_no_more_nothing_is_reached() -> None:
    """P11: an ended purpose."""
    ended = changed("purposes", "account-keeping", ended=True)
    assert found(policy=ended) == ["purpose-ended"]


def test_a_class_without_attributes_needs_its_purpose_too() -> None:
    """What is sealed as evidence is no attribute, and personal all the same."""
    assert found(classes=("accountability-records",)) == ["attribute-not-for-purpose"]
