"""What goes into an access report: rows of the read side that stood together, and sealed values.

What the law forbids to mention is absent, counts included.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from uuid import UUID

from api import access_accounts
from api.access_accounts import OfAccounts
from api.opening import Envelopes
from api.subjects import known
from ledger.sealing import Sealed
from projections import (
    cases,
    claims,
    collections,
    consents,
    erasure_reports,
    erasures,
    holders,
    openings,
    processing,
    profiles,
    rights,
)
from projections.openings import Opening
from projections.queries import Tables

PAGE = 1000


class Gathered(NamedTuple):
    """The rows of one report, as they stood together, and the sealed values to open for it."""

    subject: profiles.Subject
    items: list[profiles.Item]
    collections: list[collections.Collection]
    words: list[consents.Consent]
    in_force: dict[str, consents.Consent]
    switches: list[consents.SwitchInForce]
    regimes: rights.Regimes | None
    objections: list[rights.Objection]
    objections_standing: set[UUID]
    restrictions: list[rights.Restriction]
    holders: list[holders.Holder]
    runs: list[processing.Participation]
    claims: list[claims.Claim]
    claims_in_force: set[UUID]
    erasures: list[erasure_reports.ErasureReport]
    looked: list[Opening]
    of_accounts: OfAccounts
    envelopes: Envelopes
    places: dict[tuple[UUID, str], int | None]


def gather(tables: Tables, subject: UUID, position: int, today: dt.date) -> Gathered:
    """Everything about a person that may be told to this person, as of `position` at least.

    Raises:
        NotFound: there is no such subject.
    """
    found = known(tables, subject)
    shown: dict[str, Any] = {"for_subject": True, "today": today}
    reports = [
        erasure_reports.report(tables, row.erasure, **shown)
        for row in erasures.of_subject(tables, subject)
    ]
    envelopes = Envelopes()
    gathered = Gathered(
        subject=found,
        items=profiles.of_subject(tables, subject),
        collections=collections.of_subject(tables, subject),
        words=consents.of_subject(tables, subject),
        in_force=consents.in_force(tables, subject),
        switches=consents.switches_in_force(tables, subject),
        regimes=rights.regimes_of(tables, subject),
        objections=rights.objections_of(tables, subject),
        objections_standing={row.event for row in rights.standing(tables, subject).values()},
        restrictions=rights.restrictions_of(tables, subject),
        holders=holders.of_subject(tables, subject, **shown),
        runs=processing.of_subject(tables, subject),
        claims=claims.of_subject(tables, subject),
        claims_in_force={row.event for row in claims.in_force(tables, subject, today)},
        erasures=[report for report in reports if report is not None],
        looked=_looked(tables, subject, position, today),
        of_accounts=access_accounts.gather(tables, subject, envelopes),
        envelopes=envelopes,
        places={},
    )
    _gather_sealed(gathered)
    return gathered


def _looked(tables: Tables, subject: UUID, position: int, today: dt.date) -> list[Opening]:
    """Every opening up to the one this report itself is, oldest first."""
    found: list[Opening] = []
    cursor: int | None = position + 1
    while cursor is not None:
        page = openings.of_subject(
            tables, subject, for_subject=True, today=today, cursor=cursor, limit=PAGE
        )
        found += page.rows
        cursor = page.cursor
    return found[::-1]


def _gather_sealed(gathered: Gathered) -> None:
    subject = gathered.subject.subject
    sealed: list[tuple[UUID, str, Sealed | None]] = [
        (item.event, item.field, item.value) for item in gathered.items
    ]
    for row in gathered.collections:
        sealed += [(row.event, "@supplier", row.supplier), (row.event, "@unlisted", row.unlisted)]
    for word in gathered.words:
        sealed += [
            (word.event, "@statement", word.statement), (word.event, "@unlisted", word.unlisted)
        ]  # fmt: skip
    for raised in gathered.objections:
        sealed += [
            (raised.event, "@statement", raised.statement),
            (raised.event, "@unlisted", raised.unlisted),
        ]
    sealed += [(row.event, "@statement", row.statement) for row in gathered.restrictions]
    for holder in gathered.holders:
        sealed += [(row.event, "@unlisted", row.unlisted) for row in holder.disclosures]
    for report in gathered.erasures:
        sealed.append((report.erasure.event, "@statement", report.erasure.statement))
    for event, field, value in sealed:
        gathered.places[event, field] = gathered.envelopes.put(subject, event, field, value)


def attributes_of(tables: Tables, subject: UUID) -> tuple[str, ...]:
    """The attributes that a report would open now. Raises NotFound."""
    known(tables, subject)
    held = [one.attribute for one in profiles.of_subject(tables, subject) if one.erased_at is None]
    held += [one.attribute for one in cases.of_subject(tables, subject) if one.erased_at is None]
    return tuple(dict.fromkeys(held))
