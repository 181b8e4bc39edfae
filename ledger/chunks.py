"""Opening a chunk of a processing run: whose values, of which entries, and only who still may be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from ledger.errors import InvalidInput
from ledger.events import DataCollected, DataCorrected, PersonalDataOpened, field_name
from ledger.facts import Item
from ledger.policy import decisions
from ledger.policy.decisions import Verdict
from ledger.policy.model import PolicyDocument
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
    items = list(_still_open(reading, run, entry.body, today))
    values: Values = {name: {} for name, _ in items}
    named = [(name, item) for name, found in items for item in found]
    for (name, item), value in zip(named, vault.open_many(_sealed(reading, named)), strict=True):
        values[name].setdefault(item.attribute, []).append(value)
    return values


def weigh(
    policy: PolicyDocument,
    subject: DataSubject,
    purpose: str,
    service: str | None,
    attributes: Collection[str],
    today: dt.date,
) -> Verdict:
    """May a run for this purpose read what stands of these attributes of a person; all of it, or
    what was volunteered alone (P06)?"""
    listed = policy.purposes.get(purpose)
    internal = listed is not None and listed.internal
    return decisions.weigh(
        policy,
        subject,
        purpose,
        service,
        today,
        subject.slots_with(attributes),
        sources=subject.sources_of(attributes) if internal else (),
    )


def _still_open(
    reading: Reading, run: UUID, opened: PersonalDataOpened, today: dt.date
) -> Iterator[tuple[UUID, list[Item]]]:
    """Those of an opening whom nothing bars from the run's purpose by now, and which of their values
    may be read."""
    terms, (policy, _) = reading.state(Run, run).started, reading.latest_policy()
    assert terms is not None  # nobody opens a chunk of a run that did not start
    wanted = opened.attributes
    for state in reading.subjects(opened.subjects, wanted):
        verdict = weigh(policy, state, terms.purpose, terms.service, wanted, today)
        if verdict.finding is not None:
            continue
        items = [item for name in dict.fromkeys(wanted) for item in state.current(name)]
        if verdict.volunteered:
            said = decisions.volunteering(policy, {item.source for item in items})
            items = [item for item in items if item.source in said]
        yield state.id, items


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
