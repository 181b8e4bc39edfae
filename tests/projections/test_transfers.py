"""What went to which country, under which safeguard."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

from ledger.events import (
    ContentStored,
    DisclosureRecorded,
    EntryAnnulled,
    Moment,
    RecipientRegistered,
    RunRefused,
    RunStarted,
    StandingAccessOpened,
)
from projections import transfers

from .conftest import sealed_under

DAY = dt.date(2026, 6, 1)
LATER = Moment(2026, 5, 1, tzinfo=dt.UTC)


def _disclose(log, person, **given):
    values = {"disclosure": uuid4(), "country": "india", "safeguard": "clauses", "purpose": "a"}
    return log.tell(person, DisclosureRecorded, **(values | given))


def _found(engine, **options):
    engine.catch_up()
    with engine.reading() as connection:
        return transfers.by_country(connection, **options)


def test_disclosures_are_counted_by_country_safeguard_recipient_and_purpose(log, engine):
    """People once each; an annulled one not at all; since and until when."""
    first, second, mail = log.person(), log.person(), uuid4()
    for person in (first, first, second):
        _disclose(log, person, recipient=mail)
    _disclose(log, first, recipient=mail, safeguard=None, occurred_at=LATER)
    _disclose(log, first, country=None, safeguard=None)
    wrong = _disclose(log, first, country="ireland")
    log.tell(first, EntryAnnulled, entry=wrong, reason="mistake")
    found = _found(engine)
    assert {
        (row.country, row.safeguard, row.recipient): (row.number, row.people) for row in found
    } == {
        (None, None, None): (1, 1),
        ("india", "clauses", mail): (3, 2),
        ("india", None, mail): (1, 1),
    }
    (newest,) = (row for row in found if row.last == LATER)
    assert (newest.first, newest.number) == (LATER, 1)


def test_a_time_narrows_what_happened(log, engine):
    """Since is included, before is not."""
    person = log.person()
    _disclose(log, person)
    _disclose(log, person, occurred_at=LATER)
    assert [row.number for row in _found(engine, since=LATER)] == [1]
    assert [row.first for row in _found(engine, before=LATER)] != [LATER]
    assert _found(engine, since=LATER + dt.timedelta(days=1)) == []


def test_where_data_is_collected_worked_on_and_reached_counts_too(log, engine):
    """A run that was refused did not take place."""
    mail = uuid4()
    log.collect(log.person(), "contact", "email", country="india")
    log.tell(uuid4(), RunStarted, purpose="a", country="ireland", asked=5, admitted=5, chunks=1)
    log.tell(uuid4(), RunRefused)
    log.tell(mail, RecipientRegistered, code="mail", kind="processor")
    log.tell(
        mail, StandingAccessOpened, purpose="a", classes=("contact",), country="ireland", since=DAY
    )
    key = log.key("content")
    stored = {"content": uuid4(), "service": "s", "value": sealed_under(key.kid)}
    log.say(uuid4(), log.make(ContentStored, country="ireland", minted=(key,), **stored))
    found = {(row.country, row.way): row for row in _found(engine)}
    assert set(found) == {
        ("ireland", "content"),
        ("india", "collection"),
        ("ireland", "run"),
        ("ireland", "standing-access"),
    }
    standing = found["ireland", "standing-access"]
    assert (standing.recipient, standing.classes, standing.since) == (mail, ("contact",), DAY)
    assert found["india", "collection"].people == 1
    assert found["ireland", "run"].people is None
    assert (found["ireland", "content"].number, found["ireland", "content"].people) == (1, None)
