"""What left, and what was said of it: lists of what does not match, gags, acts, standing access."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from ledger.events import (
    DisclosedItem,
    DisclosureAuthorised,
    DisclosureRecorded,
    DisclosureRefused,
    EntryAnnulled,
    Order,
    PersonalDataOpened,
    RecipientRegistered,
    StandingAccessClosed,
    StandingAccessOpened,
)
from projections import audit_trail, disclosures, gags, handovers, holders, openings, orders
from projections.disclosures import Filter
from projections.engine import Engine
from projections.recipients import standing_access

from .conftest import BROKEN, WHEN, Log

DAY = dt.date(2026, 6, 1)
NEXT = DAY + dt.timedelta(days=1)


def _authorise(log: Log, person: UUID, **given: Any) -> UUID:
    disclosure: UUID = given.pop("disclosure", None) or uuid4()
    values = {"recipient": uuid4(), "agreement": 1, "purpose": "a", "ground": "b", "country": "in"}
    values |= {"items": (DisclosedItem("email", None, 1),), "expires_at": WHEN}
    log.tell(person, DisclosureAuthorised, disclosure=disclosure, **(values | given))
    return disclosure


def _record(log: Log, person: UUID, authorisation: UUID | None = None, **given: Any) -> UUID:
    values = {"disclosure": authorisation or uuid4(), "authorisation": authorisation}
    return log.tell(person, DisclosureRecorded, **(values | given))


def _unauthorised(engine: Engine) -> list[UUID]:
    with engine.reading() as connection:
        page = disclosures.search(connection, Filter(unauthorised=True))
    return [row.event for row in page.rows]


def _unreported(engine: Engine, **options: Any) -> list[UUID]:
    with engine.reading() as connection:
        page = disclosures.all_authorisations(connection, unreported=True, **options)
    return [row.disclosure for row in page.rows]


def test_what_was_authorised_and_never_reported(log: Log, engine: Engine) -> None:
    """Until it is reported; again, if that report was an error; and no more, if it was one itself."""
    person = log.person()
    used, left = _authorise(log, person), _authorise(log, person)
    report = _record(log, person, used)
    engine.catch_up()
    assert _unreported(engine) == [left]
    log.tell(person, EntryAnnulled, entry=report, reason="mistake")
    engine.catch_up()
    assert _unreported(engine) == [left, used]
    with engine.reading() as connection:
        first = disclosures.all_authorisations(connection, limit=1)
        assert [row.disclosure for row in first.rows] == [left]
        rest = disclosures.all_authorisations(connection, cursor=first.cursor)
        assert [(row.disclosure, row.used_position) for row in rest.rows] == [(used, 7)]
    log.tell(person, EntryAnnulled, entry=first.rows[0].event, reason="mistake")
    engine.catch_up()
    assert _unreported(engine) == [used]


def test_another_persons_report_is_none(log: Log, engine: Engine) -> None:
    """An authorisation is used in the stream that it was given in."""
    person, other = log.person(), log.person()
    given = _authorise(log, person)
    strange = _record(log, other, given)
    engine.catch_up()
    assert _unreported(engine) == [given]
    assert _unauthorised(engine) == [strange]


def test_what_has_not_ended_may_still_be_reported(log: Log, engine: Engine) -> None:
    """Only what had ended by then is left out of nobody's sight."""
    person = log.person()
    _authorise(log, person)
    engine.catch_up()
    assert _unreported(engine, before=WHEN) == []
    assert len(_unreported(engine, before=WHEN + dt.timedelta(seconds=1))) == 1


def test_what_was_reported_and_never_authorised(log: Log, engine: Engine) -> None:
    """Nor by an authorisation that was an error."""
    person = log.person()
    given = _authorise(log, person)
    allowed, bare = _record(log, person, given), _record(log, person)
    engine.catch_up()
    assert _unauthorised(engine) == [bare]
    with engine.reading() as connection:
        (wrong,) = disclosures.authorisations_of(connection, person)
    log.tell(person, EntryAnnulled, entry=wrong.event, reason="mistake")
    engine.catch_up()
    assert _unauthorised(engine) == [bare, allowed]


# ---- gags ----------------------------------------------------------------------------------------


def test_gags_in_the_order_in_which_they_end(log: Log, engine: Engine) -> None:
    """Of disclosures, openings, and authorisations that were not used; not of what was an error."""
    person = log.person()
    opened = log.tell(person, PersonalDataOpened, access="profile", ground="b", hidden_until=NEXT)
    given = _authorise(log, person, hidden_until=DAY)
    _authorise(log, person, hidden_until=NEXT)
    told = _record(log, person, given, hidden_until=DAY, ground="b")
    _record(log, person)
    wrong = _record(log, person, hidden_until=DAY)
    log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
    engine.catch_up()
    with engine.reading() as connection:
        found = gags.ending(connection)
        assert [(row.what, row.hidden_until) for row in found] == [
            ("disclosure", DAY), ("opening", NEXT), ("authorisation", NEXT)
        ]  # fmt: skip
        assert [row.event for row in found[:2]] == [told, opened]
        assert {(row.subject, row.ground) for row in found} == {(person, "b")}
        assert gags.ending(connection, since=NEXT) == found[1:]
        assert gags.ending(connection, until=DAY) == found[:1]


def test_an_opening_that_may_not_be_mentioned(log: Log, engine: Engine) -> None:
    """The person sees it from the day on, in the list of who looked and in the trail."""
    person = log.person()
    log.tell(person, PersonalDataOpened, access="profile", hidden_until=DAY)
    engine.catch_up()
    shown = {"for_subject": True}
    with engine.reading() as connection:
        for today, lines in ((DAY - dt.timedelta(days=1), 0), (DAY, 1), (None, 0)):
            looked = openings.of_subject(connection, person, today=today, **shown)
            acts = audit_trail.of_subject(connection, person, today=today, **shown)
            assert len(looked.rows) == lines
            assert len(acts.rows) == 1 + lines
        assert len(openings.of_subject(connection, person).rows) == 1


# ---- one act over many people --------------------------------------------------------------------


def test_an_act_is_shown_part_by_part(log: Log, engine: Engine) -> None:
    """Authorised, refused, recorded: each person's part, and how many of each there are."""
    one, other, act, successor = log.person(), log.person(), uuid4(), uuid4()
    shared = {"act": act, "stage": "late", "recipient": successor, "ground": "b"}
    given = _authorise(log, one, **shared)
    log.tell(other, DisclosureRefused, findings=BROKEN, **shared)
    _record(log, one, given, **shared)
    wrong = _record(log, one, **shared)
    log.tell(one, EntryAnnulled, entry=wrong, reason="mistake")
    _authorise(log, one)
    engine.catch_up()
    with engine.reading() as connection:
        parts = handovers.of_act(connection, act)
        tally = handovers.tally(connection, act)
        assert handovers.tally(connection, uuid4()) == {}
    assert [(row.subject, row.said, row.disclosure) for row in parts.rows] == [
        (one, "recorded", given), (other, "refused", None), (one, "authorised", given)
    ]  # fmt: skip
    assert parts.rows[1].findings == BROKEN
    assert {(row.stage, row.recipient, row.ground) for row in parts.rows} == {
        ("late", successor, "b")
    }
    assert tally == {"recorded": 1, "refused": 1, "authorised": 1}


# ---- standing access -----------------------------------------------------------------------------


def _standing(log: Log, host: UUID, *classes: str, **given: Any) -> None:
    values = {"purpose": "a", "classes": classes, "country": "in", "since": DAY}
    log.tell(host, StandingAccessOpened, **(values | given))


def test_a_standing_access_counts_until_it_is_closed(log: Log, engine: Engine) -> None:
    """Class by class, for this recipient alone; opened again, it counts again."""
    host, mail = uuid4(), uuid4()
    for stream, code in ((host, "host"), (mail, "mail")):
        log.tell(stream, RecipientRegistered, code=code, kind="processor")
        _standing(log, stream, "contact", "billing")
    closing = log.tell(host, StandingAccessClosed, classes=("billing",), until=DAY)
    engine.catch_up()

    def found() -> list[tuple[UUID, tuple[str, ...]]]:
        with engine.reading() as connection:
            return [(row.recipient, row.classes) for row in standing_access(connection)]

    assert found() == [(host, ("contact",)), (mail, ("contact", "billing"))]
    log.tell(host, StandingAccessClosed, classes=("contact",), until=DAY)
    engine.catch_up()
    assert found() == [(mail, ("contact", "billing"))]
    _standing(log, host, "contact")
    engine.catch_up()
    assert found() == [(mail, ("contact", "billing")), (host, ("contact",))]
    log.tell(host, EntryAnnulled, entry=closing, reason="mistake")
    engine.catch_up()
    assert found() == [
        (host, ("billing",)), (mail, ("contact", "billing")), (host, ("contact",))
    ]  # fmt: skip


def test_who_reaches_nothing_any_more_is_no_holder(log: Log, engine: Engine) -> None:
    """While it reached the class it was one."""
    host, person = uuid4(), log.person()
    log.tell(host, RecipientRegistered, code="host", kind="processor")
    _standing(log, host, "contact")
    log.collect(person, "contact", "email")
    engine.catch_up()
    with engine.reading() as connection:
        assert [row.recipient for row in holders.of_subject(connection, person)] == [host]
    log.tell(host, StandingAccessClosed, classes=("contact",), until=DAY)
    engine.catch_up()
    with engine.reading() as connection:
        assert holders.of_subject(connection, person) == []


def test_an_order_after_the_closing_would_betray_a_disclosure(log: Log, engine: Engine) -> None:
    """Given to one that reaches the class anyway it betrays nothing; after that, it does."""
    for closed in (False, True):
        host, person, erasure = uuid4(), log.person(), uuid4()
        log.tell(host, RecipientRegistered, code="late" if closed else "early", kind="processor")
        _standing(log, host, "contact")
        _, key = log.collect(person, "contact", "email")
        _record(log, person, recipient=host, hidden_until=DAY)
        if closed:
            log.tell(host, StandingAccessClosed, classes=("contact",), until=DAY)
        order = Order(uuid4(), host, None, ("contact",))
        log.say(person, log.erase(person, erasure, key, orders=(order,)))
        engine.catch_up()
        with engine.reading() as connection:
            hidden = orders.hidden_until(connection, person)
        assert hidden == ({order.order: DAY} if closed else {})
