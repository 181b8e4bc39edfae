"""The row of decision state: the same as the fold of all events, bounded, and never needed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ledger import ending, events, life, states
from ledger import run as runs
from ledger.application import Ledger
from ledger.command import Command
from ledger.commands.annulling import ANNULLABLE, AnnulEntry
from ledger.commands.claiming import Covers, PlaceClaim, ReleaseClaim
from ledger.commands.collecting import Notice, RecordCollection
from ledger.commands.consenting import GiveConsent, SwitchProcessing, WithdrawConsent
from ledger.commands.correcting import Correct
from ledger.commands.disclosing import AuthoriseDisclosure, RecordDisclosure
from ledger.commands.erasing import Erase, Part, RecordAnswer, RequestErasure
from ledger.commands.values import Value
from ledger.config import Settings
from ledger.desk import Desk
from ledger.errors import LedgerError
from ledger.reading import Ahead, Reading
from ledger.recipient import Recipient
from ledger.sealing import Sealed
from ledger.sitting import Sitting
from ledger.store.append import StateRow, StoredRow, Submission
from ledger.subject import DataSubject
from ledger.vault.database import engine_for
from tests.ledger.world import (
    BILLING,
    CONTACT,
    EMAIL,
    INVOICE,
    MAILER,
    NAME,
    NEWS,
    RESEARCH,
    YEAR_1,
    YEAR_2,
    World,
)

SERVICES = ("web-site", "licence-portal")
NOTICE = Notice(version="signup-notice-1", language="en")


# ---- what may happen to a person: each takes a number that chooses --------------------------------


def collects(world: World, subject: UUID, n: int) -> Command:
    """Up to three values, of contact data or of one of two years' billing data."""
    attribute, when = ((NAME, None), (INVOICE, YEAR_1), (INVOICE, YEAR_2))[n % 3]
    return RecordCollection(
        **world.key(),
        subject=subject,
        values=tuple(Value(attribute=attribute, value=f"value {n} {i}") for i in range(n % 4)),
        source="earlier-records",
        country="india",
        purposes=("account-keeping",),
        occurred_at=when,
    )


def corrects(world: World, subject: UUID, n: int) -> Command:
    """One of the values that stand."""
    items = list(world.state(subject).standing())
    item = items[n % len(items)] if items else None
    attribute = item.attribute if item else NAME
    values = (Value(attribute=attribute, value=f"right {n}"),)
    return Correct(**world.key(), subject=subject, values=values, item=item and item.event)


def consents(world: World, subject: UUID, n: int) -> Command:
    if n % 3:
        return GiveConsent(**world.key(), subject=subject, purpose=NEWS, notice=NOTICE)
    return WithdrawConsent(**world.key(), subject=subject, purpose=(NEWS, "no-such-purpose")[n % 2])


def switches(world: World, subject: UUID, n: int) -> Command:
    fields: dict[str, Any] = {"subject": subject, "purpose": RESEARCH}
    state = ("on", "off")[n % 2]
    return SwitchProcessing(
        **(world.key() | world.herself(subject)),
        **fields,
        state=state,
        services=((), SERVICES[:1], SERVICES)[n % 3],
    )


def authorises(world: World, subject: UUID, n: int) -> Command:
    return AuthoriseDisclosure(**world.key(), **world.disclosure(subject, attributes=(NAME,)))


def discloses(world: World, subject: UUID, n: int) -> Command:
    """To the mailer, under some authorisation or none; to somebody who is not on the register; of
    billing data, or of something without a name."""
    given = [b.disclosure for b in world.bodies(subject, events.DisclosureAuthorised)]
    fields = world.disclosure(
        subject,
        recipient=(MAILER, MAILER, "somebody else")[n % 3],
        attributes=((NAME,), (NAME, INVOICE), (INVOICE, "shoe size"))[n // 3 % 3],
    )
    named = given[n % len(given)] if given and n % 2 else None
    return RecordDisclosure(**world.key(), **fields, authorisation=named)


def claims(world: World, subject: UUID, n: int) -> Command:
    """Placed, for ever or until yesterday; or one of them released."""
    placed = [body.claim for body in world.bodies(subject, events.ClaimPlaced)]
    if placed and n % 3 == 0:
        return ReleaseClaim(**world.key(), subject=subject, claim=placed[n % len(placed)])
    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=3)
    return PlaceClaim(
        **world.key(),
        subject=subject,
        ground="outstanding-credit",
        covers=(Covers(class_=(BILLING, CONTACT)[n % 2]),),
        until=yesterday if n % 5 > 2 else None,
    )


def erases(world: World, subject: UUID, n: int) -> Command:
    """Asked for, of everything or of a slot; or one of those asked for carried out (again)."""
    asked = [body.erasure for body in world.bodies(subject, events.ErasureRequested)]
    if asked and n % 3 == 0:
        return Erase(**world.key(), subject=subject, erasure=asked[n % len(asked)])
    living = list(world.state(subject).living)
    slot = living[n % len(living)] if living and n % 16 else None
    return RequestErasure(
        **world.key(),
        subject=subject,
        slots=(Part(class_=slot.class_, scope=slot.scope),) if slot else (),
        statement="please" if n % 4 == 1 else None,
        carry_out=n % 5 != 0,
    )


def answers(world: World, subject: UUID, n: int) -> Command:
    """To one of the orders, also again."""
    bodies = (entry.body for entry in world.entries(subject))
    orders = [order.order for body in bodies for order in getattr(body, "orders", ())]
    order = orders[n % len(orders)] if orders else uuid4()
    return RecordAnswer(**world.key(), subject=subject, order=order, answer="confirmed")


def annuls(world: World, subject: UUID, n: int) -> Command:
    entries = world.entries(subject)
    wrong = [entry for entry in entries if isinstance(entry.body, ANNULLABLE)] or entries
    entry = (wrong if n % 4 else entries)[n % len(wrong)].event
    return AnnulEntry(**world.key(), subject=subject, entry=entry, reason="entered-by-mistake")


ACTS: Sequence[Callable[[World, UUID, int], Command]] = (
    collects, collects, corrects, consents, switches, authorises, discloses, discloses, claims,
    erases, answers, annuls,
)  # fmt: skip


# ---- the property ---------------------------------------------------------------------------------


class InFull(Reading):
    """Decides on all events of a person, never on a row."""

    def look(self, kind: type[Any], stream: UUID, ahead: Ahead) -> Any:
        return self.whole(kind, stream)


def outcome(ledger: Ledger, reading: Reading, command: Command, told: str) -> object:
    """What a command comes to when it is decided now; what it mints is told apart by its place."""
    desk = Desk(command, Sitting(reading, ledger.vault, ledger.clock()))
    try:
        command.decide(desk)
    except LedgerError as error:
        return type(error)
    made: Submission = desk.submission(bytes(16), 1, bytes(16))
    drafted = [(row.topic, re.findall(r'"([^"]*)"', row.state.decode())) for row in made.rows]
    words = [
        (topic, [w if len(w) < 20 or w in told else "new" for w in found])
        for topic, found in drafted
    ]
    gone = set(made.superseded)
    kept = {state.stream: len(state.state) for state in made.states}
    return made.answer.outcome, made.answer.rules, words, gone, kept, made.expects


def check(world: World, subject: UUID) -> None:
    """The stored row is what all events come to."""
    folded = DataSubject.fold(world.entries(subject), subject)
    row = StateRow(subject, folded.version, DataSubject.FORM, folded.dump())
    assert world.ledger.recorder.select_states([subject]) == {subject: row}
    assert DataSubject.load(*row).dump() == row.state


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardly anything is kept, so that everything falls out sooner or later."""
    for bound, room in (("VALUES", 2), ("AUTHORISATIONS", 1), ("UNNAMED", 1), ("CLAIMS", 1)):
        monkeypatch.setattr(ending if bound == "CLAIMS" else life, bound, room)


def test_the_row_is_the_fold_and_decides_as_all_events_would(
    world: World, narrow: None, scale: float
) -> None:
    """Whatever happens, in whatever order: after each append, and before each next command."""
    world.recipient()
    row = world.ledger.recorder.genesis()
    assert row is not None
    reading = Reading(world.ledger.recorder, row.policy_stream)
    in_full = InFull(world.ledger.recorder, row.policy_stream)

    @settings(
        max_examples=max(1, round(6 * scale)),
        deadline=None,
        phases=[Phase.generate],  # a shorter life would cost minutes of appends
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 999)), min_size=40, max_size=50)
    )
    def lives(acts: list[tuple[Callable[..., Command], int]]) -> None:
        subject = world.person()
        for act, n in acts:
            command = act(world, subject, n)
            rows = world.ledger.recorder.select_events(subject)
            told = " ".join(row.event.hex + row.state.decode() for row in rows)
            quick = outcome(world.ledger, reading, command, told)
            assert quick == outcome(world.ledger, in_full, command, told), command.NAME
            receipt = world.ledger.submit(command)
            try:
                receipt.result(60)
            except LedgerError as error:
                assert type(error) is quick
            check(world, subject)

    lives()


# ---- what leaves a state, and what has to stay ----------------------------------------------------


def asked_to_go(world: World, subject: UUID, *parts: Part) -> list[events.Order]:
    """The orders of an erasure of these slots."""
    world.do("request_erasure", subject=subject, slots=parts)
    erased = [b for b in world.bodies(subject, events.DataErased) if b.cause == "request"]
    return list(erased[-1].orders)


def year(world: World, when: dt.datetime) -> Part:
    """The slot of that year's billing data."""
    return Part(class_=BILLING, scope=world.ledger.policy().scope_of(BILLING, when.date()))


def test_a_late_disclosure_after_settled_erasures_has_its_order(world: World) -> None:
    """Both single slots are gone, nobody has to answer; the order belongs to the last of them."""
    subject = world.person()
    world.recipient()
    for when in (YEAR_1, YEAR_2):
        world.bill(subject, when)
    for when in (YEAR_1, YEAR_2):
        assert asked_to_go(world, subject, year(world, when)) == []
    world.do("record_disclosure", **world.disclosure(subject, attributes=(INVOICE,)))
    (order,) = world.bodies(subject, events.DisclosureRecorded)[-1].orders
    last = world.bodies(subject, events.ErasureRequested)[-1].erasure
    state = world.ledger.subjects([subject])[0]
    assert state.erasure_of(order.order) == last
    assert list(state.erasures) == [last]


def test_a_claim_that_ended_long_ago_is_released_all_the_same(world: World, narrow: None) -> None:
    """It left the state when there were too many; it is found in the stream."""
    subject = world.person()
    past = {"subject": subject, "ground": "outstanding-credit", "until": dt.date(2026, 1, 1)}
    covers = (Covers(class_=BILLING),)
    claim, *_ = [world.do("place_claim", **past, covers=covers).ids["claim"] for _ in range(3)]
    assert claim not in world.ledger.subjects([subject])[0].claims
    assert world.do("release_claim", subject=subject, claim=claim).outcome == "recorded"


def test_who_got_a_value_that_was_annulled_is_told_of_its_slot_alone(world: World) -> None:
    """The disclosure was of last year's address, whatever became of that; not of this year's."""
    subject = world.person()
    world.recipient()
    world.bill(subject, YEAR_1)
    world.do("record_disclosure", **world.disclosure(subject, attributes=(INVOICE,)))
    entries = world.entries(subject)
    collected = [e.event for e in entries if isinstance(e.body, events.DataCollected)][-1]
    wrong = {"subject": subject, "entry": collected, "reason": "entered-by-mistake"}
    world.do("annul_entry", **wrong)
    world.bill(subject, YEAR_2)
    check(world, subject)
    assert asked_to_go(world, subject, year(world, YEAR_2)) == []
    (order,) = asked_to_go(world, subject, year(world, YEAR_1))
    assert order.classes == (BILLING,)


def test_what_is_given_again_is_another_matter(world: World) -> None:
    """Neither is a holder of the erased value told of the new one, nor does an old erasure, carried
    on when a claim ends, erase what it was not asked for."""
    subject = world.person()
    world.recipient()
    world.consent(subject)
    world.do("record_disclosure", **world.disclosure(subject))
    (told,) = asked_to_go(world, subject, Part(class_=CONTACT))
    world.do("record_answer", subject=subject, order=told.order, answer="confirmed")
    world.collect(subject, {NAME: "Zoë Again"})
    covers = (Covers(class_=BILLING),)
    placed = world.do("place_claim", subject=subject, ground="outstanding-credit", covers=covers)
    world.do("release_claim", subject=subject, claim=placed.ids["claim"])
    assert world.values(subject)[NAME][-1] == "Zoë Again"
    assert asked_to_go(world, subject, Part(class_=CONTACT)) == []


def test_a_word_for_all_services_ends_those_for_single_ones(world: World) -> None:
    """Off for one, then on for all: on for that one, too."""
    subject = world.person()
    flip = {"subject": subject, "purpose": RESEARCH, **world.herself(subject)}
    world.do("switch_processing", **flip, state="off", services=SERVICES[:1])
    assert world.ledger.subjects([subject])[0].switch(RESEARCH, SERVICES[0]) == ("off", False)
    world.do("switch_processing", **flip, state="on")
    assert world.ledger.subjects([subject])[0].switch(RESEARCH, SERVICES[0]) == ("on", True)


# ---- every kind, every row ------------------------------------------------------------------------


def rows(settings: Settings) -> list[StateRow]:
    """All rows of decision state."""
    engine = engine_for(settings)
    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT stream, version, form, state FROM decision_states")
        ).all()
    engine.dispose()
    return [
        StateRow(
            s if isinstance(s, UUID) else UUID(bytes=s) if isinstance(s, bytes) else UUID(s),
            version,
            form,
            bytes(state),
        )
        for s, version, form, state in found
    ]


def change(settings: Settings, stream: UUID, column: str, value: Any) -> None:
    """Somebody who can write to the database changes a row."""
    engine = engine_for(settings)
    name = stream.bytes if engine.dialect.name == "sqlite" else stream
    with engine.begin() as connection:
        done = connection.execute(
            text(f"UPDATE decision_states SET {column} = :value WHERE stream = :stream"),
            {"value": value, "stream": name},
        )
        assert done.rowcount == 1
    engine.dispose()


@pytest.fixture
def lived(world: World) -> UUID:
    """A ledger in which something happened in every kind of stream; its person."""
    subject = world.person()
    world.bill(subject, YEAR_1)
    recipient = world.recipient()
    world.do(
        "record_standing_access",
        recipient=recipient,
        purpose="account-keeping",
        classes=(CONTACT, BILLING),
        country="ireland",
    )
    world.consent(subject, statement="I said yes to this")
    world.do("record_disclosure", **world.disclosure(subject, reference="order 4711"))
    world.do("open_personal_data", subject=None, access="lookup", reason="answer-customer")
    wanted = {"purpose": NEWS, "country": "united-states", "attributes": (EMAIL,)}
    wanted["template"] = "product-newsletter"
    run = world.do("start_run", **wanted, subjects=(subject, uuid4())).ids["run"]
    for _ in range(runs.OPENINGS + 1):
        world.do("open_chunk", run=run, chunk=1)
    told = world.do("record_outcome", run=run, chunk=1, processed=(subject,), finished=True)
    assert told.rules == ()
    assert world.last(run).processed == world.last(run).excluded == 1
    return subject


def test_every_row_of_every_kind_is_its_fold(
    world: World, lived: UUID, store_settings: Settings
) -> None:
    """Also those of the registers, of a run, and of the ledger's own streams."""
    found = states.check(world.ledger.recorder)
    assert (found.wrong, found.lagging, found.older, found.missing) == (0, 0, 0, 1)
    assert {row.form for row in rows(store_settings)} == {13, 21, 31, 41, 51}


def test_no_value_is_in_a_row_sealed_or_not(
    world: World, lived: UUID, store_settings: Settings
) -> None:
    """Ids, keys' ids, codes and dates: nothing that a key opens, and nothing that needs none."""
    kept = b"".join(row.state for row in rows(store_settings))
    sealed = re.findall(rb'"(A[Q-Za-f][\w-]{70,})"', b"".join(r.state for r in all_events(world)))
    assert len(sealed) > 5
    for one in sealed:
        assert Sealed.from_text(one.decode()).raw[17:40] not in kept
    for plain in ("Zoë Example", "Example Street", "@example.org", "4711", "said yes", "Asha"):
        assert plain.encode() not in kept


def all_events(world: World) -> list[StoredRow]:
    return world.ledger.recorder.select_rows(0, 10_000)


@pytest.mark.parametrize(
    ("column", "value"),
    [("form", 99), ("form", Recipient.FORM), ("state", b"\xc1"), ("version", 1)],
)
def test_a_row_that_cannot_be_read_is_not_missed(
    world: World, store_settings: Settings, column: str, value: Any
) -> None:
    """Of another form or kind, not a state at all, or of the past: the events decide, and the next
    append writes it anew."""
    subject = world.person()
    world.do("switch_processing", subject=subject, purpose=RESEARCH, state="off")
    change(store_settings, subject, column, value)
    assert world.ledger.subjects([subject])[0].switch(RESEARCH, None) == ("off", True)
    world.consent(subject)
    check(world, subject)


def test_the_state_of_a_long_life_is_no_longer(world: World, lived: UUID, scale: float) -> None:
    """Thousands of disclosures, authorisations, consents and values: one small row."""
    again = (events.ConsentGiven, events.DisclosureRecorded, events.DataCollected)
    bodies = [e.body for e in world.entries(lived) if isinstance(e.body, again)]
    bodies += [
        msgspec.structs.replace(b, recipient=None) for b in bodies if hasattr(b, "recipient")
    ]
    state = DataSubject.fold(world.entries(lived), lived)
    short, sizes = len(state.dump()), []
    for _ in range(round(2_000 * scale)):
        for body in bodies:
            fields = {"minted": ()} | (
                {"disclosure": uuid4()} if hasattr(body, "disclosure") else {}
            )
            new = msgspec.structs.replace(body, **fields)
            state.apply(events.Entry(lived, state.version + 1, uuid4(), new))
        sizes.append(len(state.dump()))
    assert sizes[-1] == sizes[len(sizes) // 2] < short + 8_000
