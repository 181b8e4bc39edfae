"""Every answer of the ledger and of the plain tables is the model's; and one that is not is found."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from api.bench.gdpr import run
from api.bench.gdpr.driver import INDEXED, LEDGER, PLAIN, Measured, check_all, compare, run_role
from api.bench.gdpr.growth import KINDS, growth
from api.bench.gdpr.ledger_side import LedgerSide, place_for
from api.bench.gdpr.model import Answer, Model
from api.bench.gdpr.plain import Plain
from api.bench.gdpr.records import ACL, METADATA, OBJ, TTL, USR, Record, Shape
from api.bench.gdpr.workloads import MIXES, Kind, Operation
from api.bench.places import Place
from ledger.config import Settings
from tests.api.bench.gdpr.conftest import COMPAT, REALISTIC
from tests.api.bench.test_commands import run as command

EVERYTHING = [
    Operation(Kind.VERIFY_TTL, 0),
    *(Operation(Kind.READ_META_PURPOSE, k, length=4) for k in range(5)),
    *(
        Operation(Kind.UPDATE_META_PURPOSE, k, field=f)
        for k, f in zip(range(21, 29), METADATA, strict=True)
    ),
    *(
        Operation(Kind.UPDATE_META_USER, k, field=f)
        for k, f in zip(range(31, 39), METADATA, strict=True)
    ),
    Operation(Kind.UPDATE_META_PURPOSE, 12, field=USR),  # and again, with records moved before
    Operation(Kind.UPDATE_META_PURPOSE, 17, field=TTL),
    Operation(Kind.UPDATE_META_PURPOSE, 13, field=USR),
    *(Operation(Kind.UPDATE, k) for k in (12, 22, 23, 33, 10)),
    *(Operation(Kind.INSERT, k) for k in (60, 61)),
    *(Operation(Kind.DELETE, k) for k in (60, 23, 10)),
    *(Operation(Kind.READ_META_USER, k) for k in range(20)),
    *(Operation(Kind.READ_META_PURPOSE, k) for k in range(5)),
    *(Operation(Kind.READ_METADATA_USER, k) for k in (3, 13)),
    *(Operation(Kind.VERIFY_DELETION, k) for k in range(10, 30)),
    Operation(Kind.DELETE_META_USER, 13),
    Operation(Kind.DELETE_META_PURPOSE, 14),
    *(Operation(Kind.READ, k) for k in range(62)),
    Operation(Kind.READ_LOG, 0, length=1_000),
]
"""Each kind of operation, each field, and what is moved, deleted or said twice on the way."""


@pytest.fixture(params=[COMPAT, REALISTIC], ids=lambda shape: shape.variant)
def shape(request: pytest.FixtureRequest) -> Shape:
    """Both variants."""
    assert isinstance(request.param, Shape)
    return request.param


@pytest.mark.parametrize("role", MIXES)
def test_a_run_of_every_role_answers_as_the_model_does(
    place: Place, shape: Shape, role: str
) -> None:
    """Forty operations, and every record at the end; three sides."""
    outcome = run_role(place, shape, role, count=40, seed=1)
    assert {LEDGER, PLAIN, INDEXED} == set(outcome.sides)
    for measured in outcome.sides.values():
        assert measured.total > 40 + 42
        assert measured.correct == measured.total
        assert measured.seconds > 0
    assert outcome.personal == 6_000
    assert outcome.space() > outcome.space(PLAIN) > 1
    assert outcome.sides[INDEXED].bytes > outcome.sides[PLAIN].bytes


def test_every_operation_on_every_field_answers_as_the_model_does(
    place: Place, shape: Shape
) -> None:
    """Also those that no mix draws, and records that come back to whom they were taken from."""
    with loaded(place, shape) as sides:
        measured = {name: Measured() for name in sides}
        model = Model(shape)
        compare(sides, model, EVERYTHING, measured)
        check_all(sides, model, measured)
    assert wrong(measured) == {LEDGER: 0, PLAIN: 0}


def wrong(measured: Mapping[str, Measured]) -> dict[str, int]:
    """How many answers of each side are not the model's."""
    return {name: one.total - one.correct for name, one in measured.items()}


class Forgetful(LedgerSide):
    """A ledger whose reader of single records gives a wrong objection."""

    def perform(self, operation: Operation) -> Answer:
        answer = super().perform(operation)
        return answer.having(OBJ, "obj-1") if isinstance(answer, Record) else answer


class Deaf(Plain):
    """Plain tables that do not hear of updates by purpose, which answer nothing."""

    def perform(self, operation: Operation) -> Answer:
        if operation.kind is Kind.UPDATE_META_PURPOSE:
            return None
        return super().perform(operation)


def test_a_wrong_row_is_found(embedded: Place) -> None:
    """In an answer at once; in an update by purpose when all records are read at the end."""
    model, shape = Model(COMPAT), COMPAT
    with (
        place_for(embedded, shape) as own,
        closing(Forgetful(own, shape, "customer")) as ledger,
        closing(Deaf(own, shape)) as plain,
    ):
        sides = {LEDGER: ledger, PLAIN: plain}
        measured = {name: Measured() for name in sides}
        for side in sides.values():
            side.load()
        reads = [Operation(Kind.READ, k) for k in (1, 2, 3)]
        update = Operation(Kind.UPDATE_META_PURPOSE, 1, field=OBJ)
        compare(sides, model, [*reads, update], measured)
        assert wrong(measured) == {LEDGER: 3, PLAIN: 0}
        check_all(sides, model, measured)
    struck = sum(model.records[k] != shape.record(k) for k in model.records)
    assert struck == 11
    assert wrong(measured) == {LEDGER: 3, PLAIN: struck}


def test_a_gap_in_the_log_is_found(embedded: Place) -> None:
    """A line that vanished from the plain log is a wrong answer."""
    plain = Plain(embedded, COMPAT)
    plain.load()
    for k in (1, 2, 3):
        plain.perform(Operation(Kind.READ, k))
    assert plain.perform(Operation(Kind.READ_LOG, 0, length=2)) is True
    plain._run(f"DELETE FROM {plain._log_table} WHERE line = 3", [])
    assert plain.perform(Operation(Kind.READ_LOG, 0, length=3)) is False
    plain.close()


def test_a_benchmark_gives_a_line_for_each_role_and_variant(embedded: Place) -> None:
    """Twelve operations of each; correct in all of them, and growth where the size asks for it."""
    lines = run(embedded, 40, 1, operations=12)
    roles = [line.what for line in lines if "completion time" in line.what]
    assert len(roles) == 8
    named = {f"G6-{role}-{shape.variant}" for role in MIXES for shape in (COMPAT, REALISTIC)}
    assert {line.goal for line in lines} == named | {"G6-answers", "G6-space"}
    (correct,) = (line for line in lines if "answers" in line.what)
    assert correct.reached
    assert correct.ratio.median == 1
    recalled = [line.what for line in lines if "uncorroborated" in line.note]
    assert {"GDPRbench regulator (compat)", "GDPRbench regulator (realistic)"} == {
        what.partition(",")[0] for what in recalled
    }


def test_growth_compares_equal_answers_of_two_ledgers(embedded: Place) -> None:
    """Every kind of operation, the larger ledger against the smaller; all answers are right."""
    lines = growth(embedded, 75, 100, 2)
    assert {f"p50 of {kind}, 100 records against 75" for kind in KINDS} == {
        line.what for line in lines
    }
    assert all(line.note == "0 wrong answers" and line.target == 2 for line in lines)


@contextmanager
def loaded(place: Place, shape: Shape) -> Iterator[dict[str, LedgerSide | Plain]]:
    """The ledger, asked as the controller, and the plain tables, with their records."""
    with (
        place_for(place, shape) as own,
        closing(LedgerSide(own, shape, "controller")) as ledger,
        closing(Plain(own, shape)) as plain,
    ):
        sides = {LEDGER: ledger, PLAIN: plain}
        for side in sides.values():
            side.load()
        yield sides


@pytest.fixture
def ledger(embedded: Place) -> Iterator[LedgerSide]:
    """A loaded ledger."""
    with place_for(embedded, COMPAT) as own, closing(LedgerSide(own, COMPAT, "customer")) as side:
        side.load()
        yield side


def test_an_update_by_purpose_is_one_event_that_every_record_shows(ledger: LedgerSide) -> None:
    """And a record's own later word stands against it, until the purpose is spoken of again."""
    before = ledger._session.position
    ledger.perform(Operation(Kind.UPDATE_META_PURPOSE, 1, field=ACL))
    assert ledger._session.position == before + 1
    found = ledger.perform(Operation(Kind.READ_META_PURPOSE, 1))
    assert isinstance(found, dict)
    assert [record[ACL] for record in found.values()] == ["acl1"] * 12
    for kind, k, expected in (
        (Kind.UPDATE_META_USER, 6, "acl6"),
        (Kind.UPDATE_META_PURPOSE, 1, "acl1"),
        (Kind.UPDATE, 6, "acl6"),
    ):
        ledger.perform(Operation(kind, k, field=ACL))
        record = ledger.perform(Operation(Kind.READ, 6))
        assert isinstance(record, Record)
        assert record[ACL] == expected


def test_a_deletion_kills_exactly_the_record_s_key(ledger: LedgerSide) -> None:
    """Of the person's three keys one is dead."""
    ledger.perform(Operation(Kind.DELETE, 7))
    gone = [ledger.perform(Operation(Kind.VERIFY_DELETION, k)) for k in (7, 27, 47)]
    assert gone == [True, False, False]
    assert ledger.perform(Operation(Kind.READ_META_USER, 7)) == {
        k: COMPAT.record(k) for k in (27, 47)
    }


def test_a_person_is_opened_on_record_once_a_session(ledger: LedgerSide) -> None:
    """An opening more for a second person, and for the first one in the next session."""
    positions = []
    for k in (3, 3, 23, 4, 3):
        if k == 3 and len(positions) == 4:
            ledger.begin()
        ledger.perform(Operation(Kind.READ, k))
        positions.append(ledger._session.position)
    first = positions[0]
    assert [first, first, first, first + 1, first + 2] == positions


def test_the_command_line_takes_the_operations_of_a_run(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Ten lines of JSON, one a goal, from eight runs of five operations."""
    words = ("gdprbench", "--json", "--size", "20", "--repeats", "1", "--operations", "5")
    assert command(monkeypatch, Settings(home=tmp_path / "home"), *words) == 0
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len({line["goal"] for line in lines}) == len(lines) == 10
    assert {line["store"] for line in lines} == {"sqlite"}
