"""A ledger on each database, a short mapping, and what an import left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest

from api.importing import ImportResult, Mapping, load_mapping, run_import
from ledger.application import Ledger
from ledger.config import Settings
from ledger.genesis import create
from tests.ledger.world import World

SHORT = """
format: csv
columns: {number: client-number, email: email-address, name: full-name, phone: phone-number,
  paid: billing-address, tier: loyalty-tier}
recognise_by: [client-number, email-address]
source: earlier-records
country: india
purposes: [account-keeping, quotes-and-invoices]
occurred_at: {column: day}
consents:
  news: {purpose: promotional-news, given: ["yes"], notice: {version: signup-notice-1, language: en}}
"""
HEADER = "number,email,name,phone,paid,tier,day,news\n"


class Known(NamedTuple):
    """What a person's stream says: the kinds of its entries, and the values that stand, opened."""

    topics: tuple[str, ...]
    values: frozenset[tuple[str, str]]


@pytest.fixture
def ledger(store_settings: Settings) -> Iterator[Ledger]:
    """A new ledger with the policy that is shipped."""
    create(store_settings)
    opened = Ledger.open(store_settings)
    yield opened
    opened.close()


@pytest.fixture
def mapping() -> Mapping:
    return load_mapping(SHORT)


@pytest.fixture
def imported(
    ledger: Ledger, mapping: Mapping, tmp_path: Path
) -> Callable[..., tuple[ImportResult, list[str]]]:
    """Import lines of text; returns the result, and the report's lines without its header."""

    def run(*lines: str, import_id: str | None = None) -> tuple[ImportResult, list[str]]:
        file, report = tmp_path / "export.csv", tmp_path / "refused.csv"
        file.write_text(HEADER + "".join(line + "\n" for line in lines), encoding="utf-8")
        actor = owner(ledger)
        result = run_import(
            ledger, file, mapping, by=actor, import_id=import_id, progress=silent, report=report
        )
        return result, report.read_text("utf-8").splitlines()[1:] if result.report else []

    return run


def silent(done: int, lines: int) -> None:
    """Nobody watches."""


def owner(ledger: Ledger) -> UUID:
    """The ledger's own actor."""
    row = ledger.recorder.genesis()
    assert row is not None
    return row.actor_stream


def people(ledger: Ledger) -> dict[UUID, Known]:
    """Everybody in the ledger, with what is known of them."""
    rows = ledger.recorder.select_rows(0, 1_000_000)
    streams = dict.fromkeys(row.originator_id for row in rows if row.topic == "subject-registered")
    topics = {
        stream: tuple(row.topic for row in rows if row.originator_id == stream)
        for stream in streams
    }
    values: dict[UUID, set[tuple[str, str]]] = {}
    world = World(ledger, owner(ledger))
    for stream in streams:
        standing = {(item.event, item.field) for item in world.state(stream).standing()}
        held = [one for one in world.sealed(stream) if (one[1].event, one[1].field) in standing]
        opened = ledger.open_values([sealed for _, sealed in held])
        values[stream] = {
            (attribute, value.value) for (attribute, _), value in zip(held, opened, strict=True)
        }
    return {name: Known(topics[name], frozenset(values[name])) for name in values}


def alike(ledger: Ledger) -> list[Known]:
    """The same without ids, to compare two ledgers."""
    return sorted(people(ledger).values(), key=lambda one: sorted(one.values))
