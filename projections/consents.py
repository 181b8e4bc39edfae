"""Consents and switches: every word a person said about a purpose, and what holds now.

The words are kept, and what holds is folded from them when it is asked for: an annulled word is
left out, and the one before it holds again. The fold is that of `ledger/subject.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from ledger.events import (
    ConsentGiven,
    ConsentWithdrawn,
    Entry,
    Finding,
    ProcessingSwitched,
)
from ledger.sealing import Sealed
from ledger.vault.tables import Id
from projections.columns import Fact, Listed, SealedValue, fact_columns, metadata
from projections.projection import Projection, Rows
from projections.queries import fetch, in_order, rows_as

TEXT = ("policy", "purpose", "notice_version", "notice_language")
"""What says which text was agreed to: that of a notice, in the document of that version."""
_GIVEN = "notice_version IS NOT NULL AND purpose IS NOT NULL"

consents = Table(
    "consents",
    metadata,
    *fact_columns(),
    Column("subject", Id, nullable=False),
    Column("given", Boolean, nullable=False),
    Column("purpose", Text),
    Column("service", Text),
    Column("notice_version", Text),
    Column("notice_language", Text),
    Column("notice_digest", LargeBinary),
    Column("statement", SealedValue),
    Column("unlisted", SealedValue),
    Column("findings", Listed(Finding), nullable=False),
    PrimaryKeyConstraint("event"),
    Index("consents_subject", "subject", "position"),
    Index(
        "consents_text",
        *TEXT,
        "position",
        postgresql_where=text(_GIVEN),
        sqlite_where=text(_GIVEN),
    ),
)
switches = Table(
    "switches",
    metadata,
    *fact_columns(),
    Column("subject", Id, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("all_services", Boolean, nullable=False),
    Column("services", Listed(), nullable=False),
    Column("state", Text, nullable=False),
    Column("findings", Listed(Finding), nullable=False),
    PrimaryKeyConstraint("event"),
    Index("switches_subject", "subject", "position"),
)
projection = Projection(consents, switches)


@dataclass(frozen=True, kw_only=True)
class Consent(Fact):
    """A consent given, or taken back. Sealed: `@statement`, `@unlisted` (a purpose not listed)."""

    subject: UUID
    given: bool
    purpose: str | None
    service: str | None
    notice_version: str | None
    notice_language: str | None
    notice_digest: bytes | None
    statement: Sealed | None
    unlisted: Sealed | None
    findings: tuple[Finding, ...]
    annulled_position: int | None

    @property
    def counts(self) -> bool:
        """A told grant that broke a rule permits nothing; a withdrawal always holds."""
        return self.annulled_position is None and not (self.given and self.findings)


@dataclass(frozen=True, kw_only=True)
class Switch(Fact):
    """A purpose switched on or off, for the services named or for all."""

    subject: UUID
    purpose: str
    all_services: bool
    services: tuple[str, ...]
    state: Literal["on", "off"]
    findings: tuple[Finding, ...]
    annulled_position: int | None


@dataclass(frozen=True)
class SwitchInForce:
    """What holds for a purpose: for all services (`service` None) or for one, and since which word."""

    purpose: str
    service: str | None
    state: Literal["on", "off"]
    since: Switch


@projection.on(ConsentGiven)
def give(rows: Rows, entry: Entry, body: ConsentGiven) -> None:
    notice = body.notice
    rows[consents, type(body)](
        body,
        subject=entry.stream,
        given=True,
        notice_version=notice.version,
        notice_language=notice.language,
        notice_digest=notice.digest,
    )


@projection.on(ConsentWithdrawn)
def withdraw(rows: Rows, entry: Entry, body: ConsentWithdrawn) -> None:
    rows[consents, type(body)](body, subject=entry.stream, given=False)


@projection.on(ProcessingSwitched)
def switch(rows: Rows, entry: Entry, body: ProcessingSwitched) -> None:
    rows[switches, type(body)](body, subject=entry.stream)


def of_subject(connection: Connection, subject: UUID) -> list[Consent]:
    """Every consent and withdrawal of this person, oldest first; annulled ones are marked."""
    query = rows_as(Consent, consents, consents.c.subject == subject)
    return fetch(connection, Consent, query.order_by(*in_order(connection, consents)))


def in_force(connection: Connection, subject: UUID) -> dict[str, Consent]:
    """The word that holds for each purpose: `.given` says whether it is a consent."""
    said = of_subject(connection, subject)
    return {word.purpose: word for word in said if word.counts and word.purpose is not None}


def switches_of_subject(connection: Connection, subject: UUID) -> list[Switch]:
    """Every switching by this person, oldest first; annulled ones are marked."""
    query = rows_as(Switch, switches, switches.c.subject == subject)
    return fetch(connection, Switch, query.order_by(*in_order(connection, switches)))


def switches_in_force(connection: Connection, subject: UUID) -> list[SwitchInForce]:
    """What holds, by purpose and service. Off for all outranks a service's own switch."""
    return _fold(switches_of_subject(connection, subject))


def _fold(words: Iterable[Switch]) -> list[SwitchInForce]:
    held: dict[str, dict[str | None, Switch]] = {}
    for word in words:
        if word.annulled_position is not None:
            continue
        if word.all_services:
            held[word.purpose] = {None: word}
        else:
            held.setdefault(word.purpose, {}).update(dict.fromkeys(word.services, word))
    return [
        SwitchInForce(purpose, service, word.state, word)
        for purpose, by_service in sorted(held.items())
        for service, word in sorted(by_service.items(), key=lambda pair: pair[0] or "")
        if service is None or None not in by_service or by_service[None].state == "on"
    ]
