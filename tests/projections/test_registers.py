"""Claims, recipients, actors, policies and irregularities."""

from __future__ import annotations

import datetime as dt
from uuid import uuid4

from ledger.events import (
    ActorRegistered,
    ClaimPlaced,
    ClaimReleased,
    Coverage,
    EntryAnnulled,
    IrregularityFound,
    RecipientRegistered,
)
from projections import actors, claims, irregularities, policies, recipients

from .conftest import BROKEN

DAY = dt.date(2026, 6, 1)


def test_a_claim_holds_until_its_last_day_or_its_release(log, engine):
    """Past its day, released, or annulled: not in force; all are in the history."""
    person, released = log.person(), uuid4()
    shared = {"ground": "a", "covers": (Coverage("billing", "*"),), "decided_by": "role-a"}
    dated = log.tell(person, ClaimPlaced, claim=uuid4(), until=DAY, **shared)
    log.tell(person, ClaimPlaced, claim=released, **shared)
    wrong = log.tell(person, ClaimPlaced, claim=uuid4(), **shared)
    log.tell(person, ClaimReleased, claim=released, reason="paid")
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    engine.catch_up()
    with engine.reading() as connection:
        assert [row.event for row in claims.in_force(connection, person, DAY)] == [dated]
        assert claims.in_force(connection, person, DAY + dt.timedelta(days=1)) == []
        history = claims.of_subject(connection, person)
    assert [row.covers for row in history] == [shared["covers"]] * 3
    assert [row.released_reason for row in history] == [None, "paid", None]


def test_the_register_shows_the_latest_registration(log, engine):
    """A second registration of a recipient replaces the first, and has the stream's version."""
    mail = uuid4()
    log.tell(mail, RecipientRegistered, code="mail", kind="processor", agreement="dpa-1")
    log.tell(mail, RecipientRegistered, code="mail", kind="processor", agreement="dpa-2")
    log.tell(uuid4(), RecipientRegistered, code="bank", kind="independent-controller")
    engine.catch_up()
    with engine.reading() as connection:
        listed = recipients.register_of_recipients(connection)
        found = recipients.recipient(connection, mail)
        assert recipients.recipient(connection, uuid4()) is None
    assert [(row.code, row.agreement) for row in listed] == [("bank", None), ("mail", "dpa-2")]
    assert (found.agreement, found.version) == ("dpa-2", 2)


def test_the_ledger_is_the_first_actor(log, engine):
    """Then those who were registered."""
    clerk = uuid4()
    log.tell(clerk, ActorRegistered, kind="staff", function="support")
    engine.catch_up()
    with engine.reading() as connection:
        listed = actors.all_actors(connection)
        assert actors.actor(connection, clerk) == listed[1]
    assert [(row.actor, row.kind, row.function) for row in listed] == [
        (log.actor, "ledger", None),
        (clerk, "staff", "support"),
    ]


def test_every_version_of_the_policy_stays_readable(log, engine):
    """The last one is in force, the first is there as it was published."""
    log.publish()
    engine.catch_up()
    with engine.reading() as connection:
        assert [row.label for row in policies.versions(connection)] == ["policy-1", "policy-2"]
        assert policies.in_force(connection).version == 2
        assert policies.version(connection, 1).document == "policy: {}"
        assert policies.version(connection, 3) is None


def test_an_irregularity_ends_with_the_entry_it_is_about(log, engine):
    """The report of something irregular is marked when that something was an error."""
    person = log.person()
    event, _ = log.collect(person, "contact", "email", findings=BROKEN)
    values = {"irregularity": uuid4(), "owner": "role-a", "due": DAY, "findings": BROKEN}
    log.tell(person, IrregularityFound, entry=event, **values)
    engine.catch_up()
    with engine.reading() as connection:
        (found,) = irregularities.all_irregularities(connection).rows
    assert (found.entry, found.owner, found.findings) == (event, "role-a", BROKEN)
    assert found.annulled_position is None
    log.tell(person, EntryAnnulled, entry=event, reason="mistake")
    engine.catch_up()
    with engine.reading() as connection:
        (found,) = irregularities.of_stream(connection, person)
    assert found.annulled_position == 7
