"""Records of processing activities (GDPR Art. 30), from the document in force and the registers.

What an activity is, is the document's business: each purpose that is carried out is one. Of the
registers, agreements and standing accesses are told; no value, no person, no name of a customer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, exists, func, select

from ledger.policy.data import RetentionClass
from ledger.policy.model import PolicyDocument
from ledger.policy.names import Names
from ledger.policy.periods import in_words
from projections.keys import deaths, keys
from projections.recipients import (
    Recipient,
    StandingAccess,
    register_of_recipients,
    standing_access,
)


@dataclass(frozen=True)
class DataKind:
    """A category of data: a class, what it holds, and until when it is kept."""

    retention_class: str
    label: str
    attributes: tuple[str, ...]
    special: tuple[str, ...]
    retention: str
    ends: str | None


@dataclass(frozen=True)
class Party:
    """Somebody who may receive data for an activity, as the document and the register say.

    `registered`: whether it is on the register; `agreement` and `valid_until` are from there.
    `reaches`: the classes it can reach at any time.
    """

    recipient: str
    label: str
    kind: str
    attributes: tuple[str, ...]
    countries: tuple[str, ...]
    registered: bool
    agreement: str | None
    valid_until: dt.date | None
    reaches: tuple[str, ...]
    sub_processors: tuple[str, ...]


@dataclass(frozen=True)
class Destination:
    """A country that data of an activity may go to, and the safeguard for it."""

    country: str
    label: str
    safeguard: str | None
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Activity:
    """A purpose, as Art. 30(1)(b) to (f) and Art. 30(2)(b) and (c) ask."""

    purpose: str
    label: str
    statement: str | None
    basis: str
    bases: Mapping[str, str]
    required: bool
    assessment: str | None
    data: Sequence[DataKind]
    parties: Sequence[Party]
    transfers: Sequence[Destination]


@dataclass(frozen=True)
class Record:
    """The whole record: who answers, whom it concerns, what is done as controller (Art. 30(1)) and
    on customers' instruction (Art. 30(2)), and the measures; none: the document states none.

    `language`: of the document, and so of what is quoted from it. `laws`: what the laws that bases
    are told for are called.
    """

    policy: int
    label: str
    title: str
    effective: dt.date
    language: str
    laws: Mapping[str, str]
    controllers: Mapping[str, str]
    contacts: Mapping[str, str]
    people: Sequence[str]
    sources: Sequence[str]
    as_controller: Sequence[Activity]
    as_processor: Sequence[Activity]
    customers: int
    measures: Sequence[str]


def record(connection: Connection, policy: PolicyDocument, version: int) -> Record:
    """The record under this document, as the registers stand now."""
    writing = _Writing(policy, register_of_recipients(connection), standing_access(connection))
    instructed = {id_ for id_, one in policy.classes.items() if one.instructed}
    done = {id_: one for id_, one in policy.purposes.items() if not one.ended}
    return Record(
        policy=version,
        label=policy.policy.label,
        title=policy.policy.title,
        effective=policy.policy.effective,
        language=policy.policy.language,
        laws={id_: one.label for id_, one in policy.regimes.items()},
        controllers={id_: one.name for id_, one in policy.controllers.items()},
        contacts=dict(policy.contacts),
        people=[one.label for one in policy.member_roles.values()],
        sources=[one.label for one in policy.sources.values()],
        as_controller=[
            writing.activity(id_, own)
            for id_, one in done.items()
            if (own := [name for name in one.classes if name not in instructed])
        ],
        as_processor=[
            writing.activity(id_, theirs)
            for id_, one in done.items()
            if (theirs := [name for name in one.classes if name in instructed])
        ],
        customers=_customers(connection, instructed),
        measures=[one.label for one in policy.measures.values()],
    )


def _customers(connection: Connection, instructed: set[str]) -> int:
    """On behalf of how many controllers: accounts that store content now."""
    query = select(func.count(keys.c.stream.distinct())).where(
        keys.c.retention_class.in_(instructed),
        ~exists().where(deaths.c.kid == keys.c.kid).correlate(keys),
    )
    return connection.execute(query).scalar_one()


class _Writing:
    """Writes activities from one document and the registers."""

    def __init__(
        self,
        policy: PolicyDocument,
        registered: Sequence[Recipient],
        open_: Sequence[StandingAccess],
    ) -> None:
        self._policy = policy
        self._names = Names(policy)
        self._registered = {row.code: row for row in registered}
        self._open = open_

    def activity(self, purpose: str, classes: Sequence[str]) -> Activity:
        """A purpose, as far as it uses these classes."""
        one = self._policy.purposes[purpose]
        parties = list(self._parties(purpose, classes))
        return Activity(
            purpose=purpose,
            label=one.label,
            statement=one.statement,
            basis=one.basis,
            bases={regime: of.basis for regime, of in one.bases.items()},
            required=one.required,
            assessment=one.assessment,
            data=[self._data(name) for name in classes],
            parties=parties,
            transfers=list(self._transfers(parties)),
        )

    def _data(self, class_: str) -> DataKind:
        listed = self._policy.classes[class_]
        held = {id_: a for id_, a in self._policy.attributes.items() if a.class_ == class_}
        return DataKind(
            retention_class=class_,
            label=listed.label,
            attributes=tuple(one.label for one in held.values()),
            special=tuple(one.label for one in held.values() if one.special),
            retention=listed.retention,
            ends=_ends(listed),
        )

    def _parties(self, purpose: str, classes: Sequence[str]) -> Iterator[Party]:
        """Those who may get an attribute of these classes for the purpose."""
        label = self._names.label
        for code, one in self._policy.recipients.items():
            gets = [id_ for id_ in one.attributes if self._policy.attributes[id_].class_ in classes]
            if purpose not in one.purposes or not gets:
                continue
            row = self._registered.get(code)
            reach = [name for a in self._open if row and a.recipient == row.recipient
                     for name in a.classes if name in classes]  # fmt: skip
            yield Party(
                recipient=code,
                label=one.name,
                kind=one.kind,
                attributes=tuple(label("attributes", id_) for id_ in gets),
                countries=tuple(one.countries),
                registered=row is not None,
                agreement=row.agreement if row else None,
                valid_until=row.valid_until if row else None,
                reaches=tuple(dict.fromkeys(reach)),
                sub_processors=tuple(label("recipients", id_) for id_ in one.sub_processors),
            )

    def _transfers(self, parties: Sequence[Party]) -> Iterator[Destination]:
        for id_, country in self._policy.countries.items():
            there = tuple(one.label for one in parties if id_ in one.countries)
            if there:
                safeguard = country.safeguard and self._names.label("safeguards", country.safeguard)
                yield Destination(id_, country.name, safeguard, there)


def _ends(listed: RetentionClass) -> str | None:
    """The end that is carried out by itself, in words; None: only on request, or as instructed."""
    if listed.instructed:
        return "as the customer instructs"
    if listed.keeps is not None:
        return f"{in_words(listed.keeps.period)} after the deletion"
    if listed.ends is None:
        return None
    return f"{in_words(listed.ends.after)} after {_SINCE[listed.ends.of]}"


_SINCE = {
    "birth": "it came",
    "scope-end": "the end of its own period",
    "account-closed": "the account was closed",
}
