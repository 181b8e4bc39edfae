"""A caller's text where an id or a code belongs: an error, no event, and not a word of it repeated."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.commands.claiming import Covers
from ledger.errors import InvalidInput, NotFound
from tests.ledger.world import BILLING, CONTACT, MAILER, World

TEXT = "asha.rao@example.org"


@pytest.mark.parametrize(
    ("method", "fields", "field"),
    [
        (
            "place_claim",
            {"ground": "outstanding-credit", "covers": (Covers(class_=BILLING, scope=TEXT),)},
            "covers[0].scope",
        ),
        ("register_recipient", {"code": MAILER, "agreement": TEXT}, "agreement"),
        ("switch_processing", {"purpose": "product-research", "state": TEXT}, "state"),
    ],
)
def test_no_text_stands_where_a_code_belongs(
    world: World, method: str, fields: dict[str, Any], field: str
) -> None:
    """It would be there for ever, in the clear, and no reader of the log could pass it."""
    subject = world.person()
    before = world.ledger.recorder.last()
    whom = {} if method == "register_recipient" else {"subject": subject}
    with pytest.raises(InvalidInput) as caught:
        world.do(method, **whom, **fields)
    assert caught.value.facts["field"] == field
    assert TEXT not in str(caught.value)
    assert caught.value.__cause__ is None
    assert world.ledger.recorder.last() == before


def test_standing_access_is_a_recipients_and_nobody_elses(world: World) -> None:
    """Not a person's, not the policy's: an event of a register in their stream would be there for
    ever, and the policy's last event must be a policy."""
    row = world.ledger.recorder.genesis()
    assert row is not None
    ask = {"purpose": "account-keeping", "country": "ireland", "classes": (CONTACT,)}
    for stream in (world.person(), world.by, row.policy_stream):
        before = world.ledger.recorder.last()
        with pytest.raises(NotFound):
            world.do("open_standing_access", recipient=stream, **ask)
        assert world.ledger.recorder.last() == before
