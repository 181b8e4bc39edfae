"""The policy of the bench is a valid document, and its notices say what readers read out of them."""

from __future__ import annotations

from api.bench.gdpr import policy
from api.bench.gdpr.records import OBJ, TTL
from ledger.policy import document

STATED = {"purpose3": {OBJ: ("obj17", 4), TTL: ("30", 9)}, "purpose4": {OBJ: ("obj99", 9)}}


def test_the_document_is_valid_and_says_what_was_stated() -> None:
    """Checked by the ledger's own loader; the purposes that nothing was stated for are silent."""
    read = policy.stated_by(document.load(policy.text(25, STATED, 9)))
    assert read == {f"purpose{n}": {} for n in range(25)} | STATED


def test_saying_the_same_again_is_another_version() -> None:
    """The version stands beside the value, so a repeated statement is later than what came between."""
    again = {"purpose3": STATED["purpose3"] | {OBJ: ("obj17", 10)}}
    assert policy.text(25, again, 10) != policy.text(25, STATED, 10)
