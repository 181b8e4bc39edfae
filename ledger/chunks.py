"""Opening a chunk of a processing run: whose values, of which entries, and only who still may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from ledger.errors import InvalidInput
from ledger.events import DataCollected, DataCorrected, PersonalDataOpened, field_name
from ledger.facts import Item
from ledger.policy import decisions
from ledger.reading import Reading
from ledger.run import Run
from ledger.sealing import Erased, Opened
from ledger.subject import DataSubject
from ledger.vault.opening import SealedAt
from ledger.vault.vault import Vault

Values = dict[UUID, dict[str, list[Opened | Erased]]]
"""Subject → attribute → the values that stand."""


def open_chunk(reading: Reading, vault: Vault, run: UUID, opening: UUID, today: dt.date) -> Values:
    """The values of the subjects that an opening of this run lists.

    Decided again: whoever may not be processed any more is left out.

    Raises:
        InvalidInput: it is not an opening of this run.
    """
    entry = reading.find([opening]).get(opening)
    if entry is None or entry.stream != run or not isinstance(entry.body, PersonalDataOpened):
        raise InvalidInput(field="opening", rule="an opening of this run")
    attributes = entry.body.attributes
    states = _still_admitted(reading, run, entry.body, today)
    items = [
        (state.id, item)
        for state in states
        for item in state.standing()
        if item.attribute in attributes
    ]
    values: Values = {state.id: {} for state in states}
    for (name, item), value in zip(items, vault.open_many(_sealed(reading, items)), strict=True):
        values[name].setdefault(item.attribute, []).append(value)
    return values


def _still_admitted(
    reading: Reading, run: UUID, opened: PersonalDataOpened, today: dt.date
) -> list[DataSubject]:
    """Those of an opening whom nothing bars from the run's purpose by now."""
    terms, (policy, _) = reading.state(Run, run).started, reading.latest_policy()
    assert terms is not None  # nobody opens a chunk of a run that did not start
    return [
        state
        for state in reading.subjects(opened.subjects, opened.attributes)
        if not decisions.use(
            policy,
            state,
            terms.purpose,
            terms.service,
            today,
            state.slots_with(opened.attributes),
        )
    ]


def _sealed(reading: Reading, items: Sequence[tuple[UUID, Item]]) -> list[SealedAt]:
    """The sealed values of these subjects' items: the states name them, their entries hold them."""
    values = {
        (entry.event, field_name(item.attribute, item.number)): item.value
        for entry in reading.find([item.event for _, item in items]).values()
        if isinstance(entry.body, DataCollected | DataCorrected)
        for item in entry.body.items
    }
    return [
        SealedAt(name, item.event, item.field, values[item.event, item.field])
        for name, item in items
    ]
