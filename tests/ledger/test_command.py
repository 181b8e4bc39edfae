"""What a command is recognised by when it comes again: its canonical body, byte for byte."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from ledger.command import Command
from ledger.commands.claiming import Covers, PlaceClaim
from ledger.commands.collecting import Collect, Notice
from ledger.commands.opening import AnswerAccess
from ledger.commands.running import StartRun
from ledger.commands.values import Value

BY, SUBJECT = UUID(int=1), UUID(int=2)


def body(command: Command) -> str:
    return command.body().decode()


def test_a_body_has_sorted_keys_the_name_and_not_the_callers_id() -> None:
    """Stored fingerprints are over these bytes: whatever writes them, they stay."""
    command = Collect(
        by=BY,
        key="one",
        occurred_at=dt.datetime(2026, 3, 1, 9, 30, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        subject=SUBJECT,
        values=(Value(attribute="full-name", value="Ásha Rao"),),
        source="signup-form",
        country="india",
        purposes=("account-keeping", "promotional-news"),
        notice=Notice(version="signup-notice-1", language="en"),
    )
    assert body(command) == (
        '{"by":"00000000-0000-0000-0000-000000000001","command":"collect","controller":null,'
        '"country":"india","notice":{"language":"en","version":"signup-notice-1"},'
        '"occurred_at":"2026-03-01T09:30:00+01:00","on_behalf_of":null,'
        '"purposes":["account-keeping","promotional-news"],"service":null,"source":"signup-form",'
        '"subject":"00000000-0000-0000-0000-000000000002","supplier":null,'
        '"values":[{"attribute":"full-name","mark":null,"scope":null,"value":"Ásha Rao"}]}'
    )


def test_bytes_and_stored_names_are_in_a_body_as_they_ever_were() -> None:
    """Bytes as base64; a part's field by the name it has outside."""
    answer = AnswerAccess(
        by=BY, key="k", subject=SUBJECT, opening=BY, items=4, report=b"\x00\xff", salt=b"ab"
    )
    covers = (Covers(class_="billing-data"),)
    claim = PlaceClaim(by=BY, key="k", subject=SUBJECT, ground="tax", covers=covers)
    assert '"report":"AP8="' in body(answer)
    assert '"salt":"YWI="' in body(answer)
    assert '"covers":[{"class":"billing-data","scope":"*"}]' in body(claim)
    assert body(PlaceClaim(by=BY, key="l", subject=SUBJECT, ground="tax", covers=covers)) == body(
        claim
    )


def test_a_field_that_came_later_is_in_a_body_only_when_it_is_given() -> None:
    """So a command of before is recognised as the same one when it is repeated today."""
    given = {"by": BY, "key": "k", "purpose": "news", "country": "india", "attributes": ()}
    before = StartRun(**given, subjects=(SUBJECT,))
    assert "template" not in body(before)
    assert '"template":"letter"' in body(StartRun(**given, subjects=(SUBJECT,), template="letter"))
