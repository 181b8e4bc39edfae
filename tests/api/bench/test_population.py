"""Synthetic ledgers: what is loaded is what commands would have written."""

from __future__ import annotations

from uuid import uuid4

import pytest

from api.bench import population as populations
from api.bench.disclosing import Disclosing
from api.bench.erase import BEFORE, PATTERN, Erasing
from api.bench.places import Place, fresh, store_of
from api.bench.population import Population, load
from ledger.config import Settings
from ledger.events import DataCollected
from ledger.mapper import encode_checked, entry_of
from ledger.sealing import Opened
from ledger.states import check
from ledger.store.append import StoredRow
from ledger.vault.opening import SealedAt

SMALL = Population(events=150, seed=7, long=(40, 12))


def rows_of(place: Place) -> list[StoredRow]:
    """The log behind what any ledger begins with."""
    with place.ledger() as ledger:
        rows = ledger.recorder.select_rows(0, 10_000)
    return [row for row in rows if row.topic not in _OF_OTHERS]


_OF_OTHERS = {"epoch-opened", "actor-registered", "policy-published", "recipient-registered"}


def test_the_log_is_whole(place: Place) -> None:
    """Positions and versions without holes, moments in order, every event in its reader's form."""
    loaded = load(place, SMALL)
    with place.ledger() as ledger:
        rows = ledger.recorder.select_rows(0, 10_000)
        assert [row.position for row in rows] == list(range(1, loaded.last + 1))
        assert sorted(row.recorded_at for row in rows) == [row.recorded_at for row in rows]
        versions: dict[object, int] = {}
        for row in rows:
            versions[row.originator_id] = versions.get(row.originator_id, 0) + 1
            assert row.originator_version == versions[row.originator_id]
            assert encode_checked(entry_of(row).body) == row.state
        assert versions[SMALL.chosen(0)], versions[SMALL.chosen(1)] == (40, 12)
        assert versions[SMALL.ordinary(0)] == 10
    assert len(rows_of(place)) == SMALL.events


def test_a_seed_gives_the_same_people(given: Settings) -> None:
    """Ids, order and kinds of events are the seed's; keys and nonces are not."""
    told = []
    for seed in (7, 7, 8):
        with fresh(store_of(given), given) as place:
            load(place, Population(events=60, seed=seed))
            told.append(rows_of(place))
    first, again, other = (
        [(row.event, row.originator_id, row.topic) for row in rows] for rows in told
    )
    assert first == again
    assert not {row[0] for row in first} & {row[0] for row in other}
    assert {row.state for row in told[0]} != {row.state for row in told[1]}


def test_another_process_tells_the_same(
    place: Place, given: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large populations are told beside the loading; nothing else changes."""
    load(place, SMALL)
    monkeypatch.setattr(populations, "ALONE", 100)
    monkeypatch.setattr(populations, "BATCH", 40)
    with fresh(store_of(given), given) as other:
        loaded = load(other, SMALL)
        assert [row.event for row in rows_of(place)] == [row.event for row in rows_of(other)]
        assert loaded.bytes > 0


def test_projections_fold_it_and_its_values_open(place: Place) -> None:
    """The tables reach the end of the log, and what is sealed is what was written."""
    loaded = load(place, SMALL)
    with place.views() as views:
        views.rebuild()
        assert views.position() == loaded.last
    with place.ledger() as ledger:
        person = SMALL.ordinary(3)
        wanted = [
            SealedAt(row.originator_id, row.event, item.attribute, item.value)
            for row in ledger.recorder.select_events(person)
            if isinstance(body := entry_of(row).body, DataCollected)
            for item in body.items
        ]
        opened = ledger.open_values(wanted)
        values = [one.value for one in opened if isinstance(one, Opened)]
        number = len(SMALL.long) + 3
        assert values[0].endswith(f"the {number}.")
        assert len(values) == len(wanted) == 5
        mail = loaded.cast.script.collection.values["email-address"].format(s=SMALL.seed, n=number)
        assert [found.stream for found in ledger.vault.find("email/1", mail)] == [person]


def test_decision_states_are_the_folds_of_their_streams(place: Place) -> None:
    """Every person has one, and it says what the stream says."""
    loaded = load(place, SMALL)
    with place.ledger() as ledger:
        found = check(ledger.recorder)
    assert (found.wrong, found.lagging, found.older) == (0, 0, 0)
    assert found.rows >= loaded.population.others + len(SMALL.long)


def test_commands_go_on_from_it(place: Place) -> None:
    """The next command on a loaded person breaks no rule, and is one event behind the last."""
    loaded = load(place, SMALL)
    with place.ledger() as ledger:
        (receipt,) = ledger.batch(Disclosing(loaded, 5).commands(1))
        answer = receipt.result()
        assert (answer.outcome, answer.rules) == ("recorded", ())
        assert (answer.position, answer.last_version) == (loaded.last + 1, 11)


def test_an_erasure_leaves_no_key(place: Place) -> None:
    """What an erasure kills cannot be used any more, and a key that lives is found."""
    loaded = load(place, Population(events=200, long=(30,), pattern=PATTERN))
    with place.ledger() as ledger:
        erasing = Erasing(place, ledger, loaded)
        erasing.long()
        assert len(erasing.dead) == 1 + BEFORE
        assert erasing.dead.left() == 0
        living = loaded.population.ordinary(BEFORE)
        erasing.dead.copy(living, loaded.cast.policy.evidence_class)
        assert erasing.dead.left() == 1


def test_a_copy_of_a_key_is_worth_something_until_its_epoch_ends(place: Place) -> None:
    """A row that was copied before the erasure opens after it, and no more without the root."""
    loaded = load(place, Population(events=200, long=(30,), pattern=PATTERN))
    with place.ledger() as ledger:
        erasing = Erasing(place, ledger, loaded)
        erasing.long()
    assert erasing.dead.opening() == len(erasing.dead) > 0
    erasing.dead.end_epochs()
    assert erasing.dead.opening() == 0


def test_the_actor_of_a_cast_may_act_again(place: Place) -> None:
    """Loading twice into one ledger registers nobody twice."""
    first = load(place, Population(events=20, seed=1))
    second = load(place, Population(events=20, seed=2))
    assert (first.cast.actor, first.cast.recipient) == (second.cast.actor, second.cast.recipient)
    assert second.last == first.last + 20
    with place.ledger() as ledger:
        answer = ledger.register_subject(by=first.cast.actor, key=uuid4().hex).result()
        assert answer.position == second.last + 1
