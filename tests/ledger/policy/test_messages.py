"""Which message may be sent for which purpose (P12)."""

from __future__ import annotations

import pytest

from ledger.policy.messages import following, sending
from tests.ledger.policy.people import POLICY

NEWS, SERVICE, RESEARCH = "promotional-news", "service-messages", "product-research"


@pytest.mark.parametrize(
    ("purpose", "template", "rule"),
    [
        (SERVICE, "welcome-message", None),
        (NEWS, "product-newsletter", None),
        (RESEARCH, None, None),
        (SERVICE, None, "template-missing"),
        (NEWS, None, "template-missing"),
        (NEWS, "no-such-message", "template-unlisted"),
        (RESEARCH, "no-such-message", "template-unlisted"),
        (NEWS, "welcome-message", "template-not-for-purpose"),
        (RESEARCH, "product-newsletter", "template-not-for-purpose"),
        (SERVICE, "product-newsletter", "promotion-in-mandatory-message"),
        ("no-such-purpose", "product-newsletter", "template-not-for-purpose"),
    ],
)
def test_a_message_is_registered_for_its_purpose(
    purpose: str, template: str | None, rule: str | None
) -> None:
    """And a required purpose carries no promotion; a purpose that sends nothing names none."""
    found = [finding.rule for finding in sending(POLICY, purpose, template)]
    assert found == ([rule] if rule else [])


def test_every_message_of_the_document_may_be_sent_for_its_own_purpose() -> None:
    """The document would contradict itself otherwise."""
    assert POLICY.templates
    for name, message in POLICY.templates.items():
        assert sending(POLICY, message.purpose, name) == ()


def test_only_links_of_messages_that_promote_are_followed() -> None:
    """By the source that follows links; another source may name any registered message."""
    for name, message in POLICY.templates.items():
        found = [finding.rule for finding in following(POLICY, "click-tracking", name)]
        assert found == (["click-from-mandatory-message"] if message.kind == "mandatory" else [])
        assert following(POLICY, "signup-form", name) == ()
    assert following(POLICY, "no-such-source", None) == ()
