"""Verification finds every row that is not what the log says, and nothing where all is well."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Table, and_, delete, insert, select, update

from ledger.config import Settings
from ledger.sealing import Sealed
from projections import sums, verifying, workers
from projections.audit_trail import trail
from projections.comparing import Comparison, Count, Difference
from projections.engine import Engine

from .conftest import Log
from .story import Story


@pytest.fixture
def folders(tmp_path: Path) -> Iterator[Path]:
    """A fresh folder for each replay."""

    def made() -> Iterator[Path]:
        while True:
            folder = tmp_path / uuid4().hex
            folder.mkdir()
            yield folder

    return made()


@pytest.fixture
def told(log: Log, engine: Engine, store_settings: Settings) -> Story:
    """A log in which every table has a row, projected; and the rights of whoever owns the tables."""
    if store_settings.owner_url is not None:
        with psycopg.connect(store_settings.owner_url.get_secret_value()) as owner:
            name = store_settings.schema_name  # of the role, too
            owner.execute(f'GRANT UPDATE, DELETE ON ALL TABLES IN SCHEMA "{name}" TO "{name}"')
    story = Story(log)
    story.live()
    story.end()
    engine.catch_up()
    return story


def verified(log: Log, engine: Engine, folders: Iterator[Path]) -> list[Comparison]:
    """The tables that are not as the log says."""
    found = verifying.verify(engine, log.recorder, next(folders))
    assert found.same == all(table.same for table in found.tables)
    return [table for table in found.tables if not table.same]


@contextmanager
def writing(engine: Engine) -> Iterator[Any]:
    with engine._engine.connect() as connection, connection.begin():
        yield connection


def first(engine: Engine, table: Table) -> dict[str, Any]:
    """One row of a live table."""
    with engine.reading() as connection:
        row = connection.execute(select(table).limit(1)).mappings().first()
    assert row is not None, f"the story has no row for {table.name}"
    return dict(row)


def key_of(table: Table, row: dict[str, Any]) -> Any:
    return and_(*(column == row[column.name] for column in table.primary_key.columns))


def another(value: Any) -> Any:
    """Some other value of the same kind."""
    match value:
        case UUID():
            return uuid4()
        case bytes():
            return os.urandom(len(value))
        case Sealed():
            return Sealed(os.urandom(40))
        case bool():
            return not value
        case int():
            return value + 1_000_000
    return f"{value}-x"


def changeable(table: Table, row: dict[str, Any]) -> str | None:
    """A column outside the key whose value has a simple other one."""
    keys = set(table.primary_key.columns.keys())
    simple = (UUID, bytes, int, str)
    return next((n for n, v in row.items() if n not in keys and isinstance(v, simple)), None)


def test_a_healthy_ledger_passes(
    log: Log, engine: Engine, told: Story, folders: Iterator[Path]
) -> None:
    """Every table, row by row, at the position of the live ones."""
    found = verifying.verify(engine, log.recorder, next(folders))
    assert found.same
    assert found.position == log.recorder.last()[0]
    assert all(table.left.rows == table.right.rows > 0 for table in found.tables)
    assert all(table.left.digest == table.right.digest for table in found.tables)


def test_a_row_that_was_changed_is_found_in_each_table(
    log: Log, engine: Engine, told: Story, folders: Iterator[Path]
) -> None:
    """By table, key and the name of the column."""
    for table in verifying.tables():
        row = first(engine, table)
        name = changeable(table, row)
        if name is None:
            continue
        with writing(engine) as connection:
            change = update(table).where(key_of(table, row))
            connection.execute(change.values({name: another(row[name])}))
        (found,) = verified(log, engine, folders)
        assert (found.table, found.only_left, found.only_right) == (table.name, 0, 0)
        assert [(d.where, d.columns) for d in found.examples] == [("differs", (name,))]
        assert set(found.examples[0].key) == set(table.primary_key.columns.keys())
        with writing(engine) as connection:
            connection.execute(change.values({name: row[name]}))
    assert verified(log, engine, folders) == []


def test_a_row_that_is_missing_or_too_many_is_found_in_each_table(
    log: Log, engine: Engine, told: Story, folders: Iterator[Path]
) -> None:
    """A row taken out, and one that no entry brought."""
    for table in verifying.tables():
        row = first(engine, table)
        unique = [c.name for index in table.indexes if index.unique for c in index.columns]
        unique += table.primary_key.columns.keys()
        false = row | {name: another(row[name]) for name in unique}
        with writing(engine) as connection:
            connection.execute(delete(table).where(key_of(table, row)))
            connection.execute(insert(table).values(false))
        (found,) = verified(log, engine, folders)
        assert (found.table, found.only_left, found.only_right) == (table.name, 1, 1)
        assert {d.where for d in found.examples} == {"only-left", "only-right"}
        assert found.left.digest != found.right.digest
        with writing(engine) as connection:
            connection.execute(delete(table).where(key_of(table, false)))
            connection.execute(insert(table).values(row))
    assert verified(log, engine, folders) == []


def test_no_value_is_told(log: Log, engine: Engine, told: Story, folders: Iterator[Path]) -> None:
    """A difference names key and columns; of a sealed value not a byte is shown."""
    from projections.profiles import items

    row = first(engine, items)
    with writing(engine) as connection:
        change = update(items).where(key_of(items, row))
        connection.execute(change.values(value=another(row["value"])))
    (found,) = verified(log, engine, folders)
    key = {"event": str(row["event"]), "field": row["field"]}
    assert found.examples == [Difference("differs", key, ("value",))]


def test_writers_go_on_meanwhile(
    log: Log, engine: Engine, told: Story, folders: Iterator[Path], monkeypatch: Any
) -> None:
    """The live tables move on while the log is read; the sums are led on to where they are."""
    read, crowds = sums.Summing.log, 2

    def slow(*args: Any) -> sums.Sums:
        nonlocal crowds
        found = read(*args)
        if crowds:
            crowds -= 1
            for _ in range(5):
                log.person()
            engine.catch_up()
        return found

    monkeypatch.setattr(sums.Summing, "log", slow)
    monkeypatch.setattr(verifying, "PART", 3)
    before, _ = log.recorder.last()
    found = verifying.verify(engine, log.recorder, next(folders))
    assert found.same
    assert crowds == 0
    assert found.position == log.recorder.last()[0] == before + 10


def test_several_processes_find_the_same(
    log: Log,
    engine: Engine,
    told: Story,
    folders: Iterator[Path],
    store_settings: Settings,
    monkeypatch: Any,
) -> None:
    """A long log is read by several; each part of it counts, wherever it was read."""
    monkeypatch.setattr(workers, "WORTH", 1)
    monkeypatch.setattr(workers, "PART", 7)
    monkeypatch.setattr(verifying, "PART", 7)
    done = []
    for lost in (None, trail):
        if lost is not None:
            row = first(engine, lost)
            with writing(engine) as connection:
                connection.execute(delete(lost).where(key_of(lost, row)))
        found = verifying.verify(
            engine,
            log.recorder,
            next(folders),
            lambda *moved: done.append(moved),
            settings=store_settings,
        )
        wrong = [table for table in found.tables if not table.same]
        assert [(t.table, t.only_right) for t in wrong] == (
            [] if lost is None else [(lost.name, 1)]
        )
    assert (7, found.position) in done


def test_a_difference_that_cannot_be_named_still_is_one(
    log: Log, engine: Engine, told: Story, folders: Iterator[Path], monkeypatch: Any
) -> None:
    """What the comparison of rows does not see is not called the same."""
    row = first(engine, trail)
    with writing(engine) as connection:
        connection.execute(delete(trail).where(key_of(trail, row)))

    def blind(_: Any, __: Any, table: Table) -> Comparison:
        return Comparison(table.name, Count(), Count())

    monkeypatch.setattr(verifying, "compare", blind)
    (found,) = verified(log, engine, folders)
    assert (found.table, found.examples) == (trail.name, [])
