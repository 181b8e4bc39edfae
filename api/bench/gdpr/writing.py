"""Writing records: each operation of GDPRbench as the commands of the ledger that mean the same.

The table of what means what is in the package's docstring and in docs/decisions/0015-gdprbench.md.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

from api.bench.gdpr import policy
from api.bench.gdpr.directory import Directory, Home, number_of, scope_of, slot_of
from api.bench.gdpr.policy import attribute_of, class_of, statement_of
from api.bench.gdpr.reading import Reader, is_whole, statement, text_of
from api.bench.gdpr.records import PUR, SRC, USR, Record, Shape
from api.bench.gdpr.session import Session
from ledger.commands.collecting import MAX_VALUES, Collect, RecordCollection
from ledger.commands.erasing import Part, RequestErasure
from ledger.commands.registering import PublishPolicy
from ledger.commands.values import Value
from ledger.errors import InvalidInput, NotFound
from projections import held_values
from projections.held_values import HeldValue

BATCH = 500
"""Commands handed over at once while loading."""

AGE = dt.timedelta(seconds=60)
"""How long ago the records were collected when they are loaded: those kept 30 s have expired."""


class Writer:
    """Writes for one session."""

    def __init__(
        self, session: Session, reader: Reader, directory: Directory, shape: Shape
    ) -> None:
        self._session = session
        self._reader = reader
        self._directory = directory
        self._shape = shape

    # ---- single records ---------------------------------------------------------------------

    def load(self) -> None:
        """Tell the records in their order, hundreds of commands at once."""
        occurred = self._session.ledger.clock() - AGE
        for numbers in self._batches():
            commands = [self._collection(k, occurred_at=occurred) for k in numbers]
            for k, answer in zip(numbers, self._session.carry_all(commands), strict=True):
                self._directory.met(self._shape.value(k, USR), answer.ids["subject"])

    def _batches(self) -> Iterator[list[int]]:
        """Numbers to be told at once: a person's first record registers them, so the second one of
        somebody not known so far begins another batch."""
        batch: list[int] = []
        new: set[str] = set()
        for k in range(self._shape.records):
            user = self._shape.value(k, USR)
            if len(batch) == BATCH or user in new:
                yield batch
                batch, new = [], set()
            batch.append(k)
            if self._directory.subject(user) is None:
                new.add(user)
        yield batch

    def insert(self, k: int) -> int:
        """A new record is told; a person not known so far is registered with it."""
        answer = self._session.carry(self._collection(k))
        self._directory.met(self._shape.value(k, USR), answer.ids["subject"])
        return 1

    def update(self, k: int) -> int:
        """All ten fields are written anew: a correction (GDPR Art. 16). One that others said is
        another person's meanwhile comes back to the person it names."""
        record, home = self._shape.record(k), self._directory.home(k)
        first = self._directory.first_home(k)
        if home != first:
            return self._move({k: record}, record.usr) if self._stands(home, k) else 0
        value = Value(attribute=attribute_of(home.ttl), value=text_of(record), scope=scope_of(k))
        told = self._told(home.subject, record.src, (record.pur,), corrections=(value,))
        try:
            self._session.carry(told)
        except NotFound:
            return 0
        return 1

    def delete(self, k: int) -> int:
        """The record's one key is destroyed (GDPR Art. 17)."""
        home = self._directory.home(k)
        try:
            self._session.carry(self._erasure(home.subject, [slot_of(home, k)]))
        except InvalidInput:  # the slot holds nothing living: it was erased before
            return 0
        return 1

    # ---- many records -----------------------------------------------------------------------

    def state_for_person(self, user: str, field: int, value: str) -> int:
        """A field of every record of a person: one event of theirs, a value in each record's slot."""
        subject = self._directory.subject(user)
        held = [] if subject is None else self._reader.values_of_person(subject)
        records = [one for one in held if is_whole(one)]
        if subject is None or field == USR:  # they are this person's already
            return len(records)
        source = value if field == SRC else policy.STATED
        for some in _parts(records, MAX_VALUES):
            purposes = tuple(sorted({purpose for one in some for purpose in one.purposes}))
            values = tuple(
                Value(
                    attribute=statement_of(one.attribute.partition("-")[2]),
                    value=statement(field, value),
                    scope=one.scope,
                )
                for one in some
            )
            self._session.carry(self._told(subject, source, purposes, values=values))
        return len(records)

    def state_for_purpose(self, purpose: str, field: int, value: str) -> None:
        """A field of every record of a purpose: one version of the policy, whose notice says so."""
        ledger = self._session.ledger
        version = ledger.policy_version() + 1
        stated = policy.stated_by(ledger.policy())
        stated[purpose][field] = (value, version)
        text = policy.text(self._shape.purposes, stated, version)
        self._session.carry(PublishPolicy(**self._session.common(), text=text))

    def move_purpose(self, purpose: str, user: str) -> None:
        """Every record of a purpose turns out to be one person's: no statement can say that, since a
        value is sealed in its person's stream. Each is opened, collected there, and erased here."""
        subject = self._directory.subject(user)
        assert subject is not None  # the user of a record that was inserted
        records = self._reader.of_purpose(purpose)
        others = {k: r for k, r in records.items() if self._directory.home(k).subject != subject}
        self._move(others, user)

    def delete_person(self, user: str) -> int:
        """Every record of a person: one erasure of all their slots."""
        subject = self._directory.subject(user)
        return self._erase([] if subject is None else self._reader.values_of_person(subject))

    def delete_purpose(self, purpose: str) -> int:
        """Every record of a purpose: an erasure in each person's stream, in one batch."""
        return self._erase(self._reader.values_of_purpose(purpose))

    def erase_expired(self, ttl: int) -> int:
        """Every record that is older than its lifetime: the daily run, as one batch."""
        before = self._session.ledger.clock() - dt.timedelta(seconds=ttl)
        with self._session.engine.reading() as connection:
            return self._erase(held_values.of_class(connection, class_of(str(ttl)), before))

    # ---- helpers ----------------------------------------------------------------------------

    def _collection(self, k: int, **given: Any) -> RecordCollection:
        record = self._shape.record(k)
        value = Value(attribute=attribute_of(record.ttl), value=text_of(record), scope=scope_of(k))
        subject = self._directory.subject(record.usr)
        return self._told(subject, record.src, (record.pur,), values=(value,), **given)

    def _told(
        self,
        subject: UUID | None,
        source: str,
        purposes: tuple[str, ...],
        values: tuple[Value, ...] = (),
        **given: Any,
    ) -> RecordCollection:
        return RecordCollection(
            **self._session.common(),
            subject=subject,
            values=values,
            source=source,
            country=policy.COUNTRY,
            purposes=purposes,
            **given,
        )

    def _stands(self, home: Home, k: int) -> bool:
        self._session.catch_up()
        held = self._reader.values_of_person(home.subject)
        return any(number_of(one.scope) == k for one in held)

    def _move(self, records: dict[int, Record], user: str) -> int:
        """Collect records of one purpose under this person, then erase it where it was: a crash between
        the two leaves a copy too many, never one too few."""
        subject = self._directory.subject(user)
        assert subject is not None  # the user of a record that was inserted
        for some in _parts(list(records), MAX_VALUES):
            self._collect_there(subject, {k: records[k] for k in some})
        left: dict[UUID, list[Part]] = {}
        for k in records:
            home = self._directory.home(k)
            left.setdefault(home.subject, []).append(slot_of(home, k))
        self._session.carry_all([self._erasure(*one) for one in left.items()])
        for k, record in records.items():
            self._directory.moved(k, Home(subject, record.ttl), user)
        return len(records)

    def _collect_there(self, subject: UUID, records: dict[int, Record]) -> None:
        """Asked, not told: only what is asked for may fill a slot that died before. All the records
        are of one purpose."""
        values = tuple(
            Value(attribute=attribute_of(record.ttl), value=text_of(record), scope=scope_of(k))
            for k, record in records.items()
        )
        self._session.carry(
            Collect(
                **self._session.common(),
                subject=subject,
                values=values,
                source=policy.MOVED,
                country=policy.COUNTRY,
                purposes=tuple({record[PUR] for record in records.values()}),
            )
        )

    def _erase(self, values: Iterable[HeldValue]) -> int:
        slots: dict[UUID, dict[str, str]] = {}
        for one in values:
            slots.setdefault(one.subject, {})[one.scope] = one.retention_class
        self._session.carry_all(
            [
                self._erasure(subject, [Part(class_=c, scope=s) for s, c in own.items()])
                for subject, own in slots.items()
            ]
        )
        return sum(len(own) for own in slots.values())

    def _erasure(self, subject: UUID, slots: Sequence[Part]) -> RequestErasure:
        return RequestErasure(**self._session.common(), subject=subject, slots=tuple(slots))


def _parts(found: Sequence[Any], most: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(found), most):
        yield found[start : start + most]
