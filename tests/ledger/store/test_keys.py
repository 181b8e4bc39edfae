"""Keys are born, found and killed with the event that says so, or not at all."""

from __future__ import annotations

import os
from uuid import uuid4

import pytest
from msgspec import structs

from ledger.errors import IdentifierTaken, KeyNotAlive
from ledger.store.append import Answer, Conflict, LookupGone
from tests.ledger.store.submissions import append_to, birth, death, lookup, rows, submission


def collected(recorder, *, idx=None, exclusive=True, class_="contact"):
    """A subject with one key, and a look-up under it if `idx` is given. Returns: its key."""
    (row,) = rows(uuid4(), 1)
    key = birth(row, class_)
    looks = [lookup(key, idx, exclusive=exclusive)] if idx else []
    (answer,) = recorder.append([submission([row], births=[key], lookups=looks)])
    assert isinstance(answer, Answer), answer
    return key


def erasure(key, version=2, **others):
    """A submission that kills a key with the stream's next event."""
    (row,) = rows(key.stream, version)
    return submission([row], deaths=[death(key.kid, row)], **others)


def test_a_key_is_born_with_its_event(opened, execute):
    """Its row names the position of the event that minted it."""
    key = collected(opened)
    columns = "commitment, class, scope, generation, epoch, wrapped, minted_at, dead_at"
    assert execute(f"SELECT {columns} FROM data_keys WHERE kid = ?", key.kid) == [
        (key.commitment, "contact", "", 1, 1, key.wrapped, 4, None)
    ]


def test_a_key_dies_with_its_event(opened, execute):
    """The bytes are gone and the position of the erasure stands in their place."""
    key = collected(opened)
    (answer,) = opened.append([erasure(key)])
    assert answer.position == 5
    assert execute("SELECT wrapped, dead_at FROM data_keys") == [(None, 5)]


def test_a_dead_key_does_not_die_again(opened):
    """An erasure that names it commits nothing."""
    key = collected(opened)
    opened.append([erasure(key)])
    (refused,) = opened.append([erasure(key, version=3)])
    assert isinstance(refused, KeyNotAlive)
    assert opened.last()[0] == 5


def test_an_erasure_with_one_unknown_key_kills_none(opened, execute):
    """Either all the keys it names die, or its events do not exist."""
    key = collected(opened)
    (row,) = rows(key.stream, 2)
    both = submission([row], deaths=[death(key.kid, row), death(os.urandom(16), row)])
    (refused,) = opened.append([both])
    assert isinstance(refused, KeyNotAlive)
    assert execute("SELECT dead_at FROM data_keys") == [(None,)]
    assert opened.last()[0] == 4


def test_a_refused_erasure_does_not_strike_its_neighbour(opened):
    """Each command of a batch has its own answer."""
    key = collected(opened)
    (row,) = rows(uuid4(), 1)
    stranger = submission([row], deaths=[death(os.urandom(16), row)])
    refused, stored = opened.append([stranger, erasure(key)])
    assert isinstance(refused, KeyNotAlive)
    assert stored.position == opened.last()[0] == 5


def test_a_key_does_not_die_by_another_stream_s_event(opened):
    """The event that kills a key stands in the stream that the key belongs to."""
    key = collected(opened)
    (row,) = rows(uuid4(), 1)
    (refused,) = opened.append([submission([row], deaths=[death(key.kid, row)])])
    assert isinstance(refused, KeyNotAlive)


def test_a_class_with_a_hold_on_its_way_keeps_its_keys(opened, execute):
    """Until the hold's claims are placed, no key of the class dies; others do."""
    held, free = collected(opened, class_="billing"), collected(opened)
    execute("INSERT INTO stops (class, matter, by, since) VALUES ('billing', 'm', ?, 1)", uuid4())
    refused, stored = opened.append([erasure(held), erasure(free)])
    assert isinstance(refused, KeyNotAlive)
    assert isinstance(stored, Answer)


def test_a_hold_also_keeps_what_is_born_and_dies_at_once(opened, execute):
    """A key may die in the command that mints it, but not while a hold is on its way."""
    execute("INSERT INTO stops (class, matter, by, since) VALUES ('billing', 'm', ?, 1)", uuid4())
    outcomes = []
    for class_ in ("billing", "contact"):
        (row,) = rows(uuid4(), 1)
        key = birth(row, class_)
        outcomes += opened.append([submission([row], births=[key], deaths=[death(key.kid, row)])])
    refused, stored = outcomes
    assert isinstance(refused, KeyNotAlive) and isinstance(stored, Answer)


def test_two_erasures_of_one_key_in_a_batch(opened):
    """The first kills it; the second is told that it is not alive."""
    key = collected(opened)
    stored, refused = opened.append([erasure(key), erasure(key, version=3)])
    assert isinstance(stored, Answer) and isinstance(refused, KeyNotAlive)


def test_a_slot_is_minted_once_a_generation(opened):
    """A second key for the same slot is a conflict; the next generation is not."""
    key = collected(opened)
    (row,) = rows(key.stream, 2)
    (refused,) = opened.append([submission([row], births=[birth(row)])])
    assert isinstance(refused, Conflict)
    (stored,) = opened.append([submission([row], births=[birth(row, generation=2)])])
    assert isinstance(stored, Answer)


def test_a_key_under_an_epoch_that_is_not_open(opened):
    """Its caller wraps it again under the open epoch and comes back."""
    (row,) = rows(uuid4(), 1)
    (refused,) = opened.append([submission([row], births=[birth(row, epoch=2)])])
    assert isinstance(refused, Conflict)
    assert opened.last()[0] == 3


def test_an_identifier_under_an_epoch_that_is_not_open(opened):
    """It would be found by nobody once that epoch is drained; its caller indexes it again."""
    (row,) = rows(uuid4(), 1)
    key = birth(row)
    late = lookup(key, os.urandom(16))._replace(epoch=2)
    (refused,) = opened.append([submission([row], births=[key], lookups=[late])])
    assert isinstance(refused, Conflict)
    assert opened.last()[0] == 3


def test_an_identifier_belongs_to_one_subject(opened):
    """Whoever comes second is told the kind, never the value."""
    idx = os.urandom(16)
    collected(opened, idx=idx)
    (row,) = rows(uuid4(), 1)
    key = birth(row)
    (refused,) = opened.append([submission([row], births=[key], lookups=[lookup(key, idx)])])
    assert isinstance(refused, IdentifierTaken)
    assert refused.facts == {"kind": "email/1"}
    assert opened.last()[0] == 4


def test_two_commands_of_a_batch_want_one_identifier(opened):
    """The first gets it."""
    idx = os.urandom(16)
    wanted = []
    for _ in range(2):
        (row,) = rows(uuid4(), 1)
        key = birth(row)
        wanted.append(submission([row], births=[key], lookups=[lookup(key, idx)]))
    stored, refused = opened.append(wanted)
    assert isinstance(stored, Answer) and isinstance(refused, IdentifierTaken)


def test_an_identifier_that_is_not_exclusive_is_shared(opened, execute):
    """A retained class answers for its ground only, and takes nothing from a new subject."""
    idx = os.urandom(16)
    collected(opened, idx=idx, exclusive=False)
    collected(opened, idx=idx)
    assert execute("SELECT count(*) FROM lookups WHERE idx = ?", idx) == [(2,)]


def test_an_identifier_goes_with_its_key(opened, execute):
    """After the erasure it is free for somebody new."""
    idx = os.urandom(16)
    key = collected(opened, idx=idx)
    opened.append([erasure(key)])
    assert execute("SELECT count(*) FROM lookups") == [(0,)]
    collected(opened, idx=idx)


def test_an_identifier_moves_to_the_key_that_follows(opened, execute):
    """A reseal kills the old key and keeps the identifier in one append."""
    idx = os.urandom(16)
    old = collected(opened, idx=idx)
    (row,) = rows(old.stream, 2)
    new = birth(row, generation=2)
    moved = submission(
        [row], births=[new], deaths=[death(old.kid, row)], lookups=[lookup(new, idx)]
    )
    (answer,) = opened.append([moved])
    assert isinstance(answer, Answer)
    assert execute("SELECT kid FROM lookups") == [(new.kid,)]


def test_an_identifier_moves_between_living_keys(opened, execute):
    """One command takes it from a key and gives it to another; both keys live on."""
    idx = os.urandom(16)
    old = collected(opened, idx=idx)
    (row,) = rows(old.stream, 2)
    new = birth(row, "usage")
    gone = [LookupGone("email/1", old.kid)]
    moved = submission([row], births=[new], superseded=gone, lookups=[lookup(new, idx)])
    (answer,) = opened.append([moved])
    assert isinstance(answer, Answer), answer
    assert execute("SELECT kid FROM lookups") == [(new.kid,)]


@pytest.mark.parametrize("by", ["correction", "erasure"])
def test_an_identifier_that_a_later_command_gives_up_is_still_taken(opened, by):
    """Commands are answered in the order given, also where one append writes both."""
    idx = os.urandom(16)
    key = collected(opened, idx=idx)
    (row,) = rows(uuid4(), 1)
    other = birth(row)
    wanted = submission([row], births=[other], lookups=[lookup(other, idx)])
    gone = [LookupGone("email/1", key.kid)]
    given_up = append_to(key.stream, 2, superseded=gone) if by == "correction" else erasure(key)
    refused, stored = opened.append([wanted, given_up])
    assert isinstance(refused, IdentifierTaken) and isinstance(stored, Answer)


def test_a_correction_replaces_the_identifier(opened, execute):
    """The superseded one is found no more and is free; the same one again is no change."""
    idx, corrected = os.urandom(16), os.urandom(16)
    key = collected(opened, idx=idx)
    gone = [LookupGone("email/1", key.kid)]
    change = append_to(key.stream, 2, superseded=gone, lookups=[lookup(key, corrected)])
    same = append_to(key.stream, 3, lookups=[lookup(key, corrected)])
    assert all(isinstance(answer, Answer) for answer in opened.append([change, same]))
    assert execute("SELECT idx FROM lookups") == [(corrected,)]
    collected(opened, idx=idx)


def test_what_is_refused_leaves_no_key(opened, execute):
    """A conflict on the stream undoes the birth, the look-up and the death beside it."""
    key = collected(opened, idx=os.urandom(16))
    (late,) = rows(key.stream, 1)
    fresh = birth(late, class_="usage")
    sent = submission([late], births=[fresh], deaths=[death(key.kid, late)])
    (refused,) = opened.append([structs.replace(sent, lookups=[lookup(fresh, os.urandom(16))])])
    assert isinstance(refused, Conflict)
    assert execute("SELECT kid, dead_at FROM data_keys") == [(key.kid, None)]
    assert execute("SELECT count(*) FROM lookups") == [(1,)]


def test_a_key_named_twice_by_one_erasure(opened, execute):
    """The set that died must be the set that was named; if not, nothing happened."""
    key = collected(opened)
    (row,) = rows(key.stream, 2)
    twice = submission([row], deaths=[death(key.kid, row), death(key.kid, row)])
    before, refused, after = opened.append([append_to(uuid4(), 1), twice, append_to(uuid4(), 1)])
    assert isinstance(refused, KeyNotAlive)
    assert (before.position, after.position) == (5, 6)
    assert execute("SELECT dead_at FROM data_keys") == [(None,)]
    assert opened.select_events(key.stream)[-1].originator_version == 1
