"""Invalid consents: those in force that were given under a notice which is not valid any more.

A document that shows another text, or uses more, leaves them behind (`ledger/policy/agreed.py`).
Derived from what people said and from the published documents; it owns no table. What people say on
a purpose is folded as in `consents.py`: by the log, the last word that counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    and_,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
)

from ledger.policy import document
from ledger.policy.agreed import Agreement, Lapse, lapse
from ledger.policy.model import PolicyDocument
from projections import policies
from projections.annulments import counts
from projections.columns import Fact
from projections.consents import consents
from projections.erasures import erasures
from projections.queries import Page, newest_first, rows_as


@dataclass(frozen=True)
class Agreed:
    """How many consents in force are to the same purpose, under the same text and policy version."""

    purpose: str
    notice_version: str
    notice_language: str
    notice_digest: bytes
    policy: int
    number: int

    @property
    def agreement(self) -> Agreement:
        """What all of them agreed to."""
        return Agreement(
            self.purpose, self.notice_version, self.notice_language, bytes(self.notice_digest)
        )


@dataclass(frozen=True)
class Left:
    """Consents that a document leaves without a valid notice, and why."""

    agreed: Agreed
    why: Lapse


@dataclass(frozen=True, kw_only=True)
class Given(Fact):
    """A consent in force: whose, to what, under which text."""

    subject: UUID
    purpose: str
    service: str | None
    notice_version: str
    notice_language: str
    notice_digest: bytes


_TEXT = ("purpose", "notice_version", "notice_language", "notice_digest", "policy")


def in_force(connection: Connection) -> list[Agreed]:
    """All consents in force of everybody who is not erased, gathered by what was agreed to."""
    columns = [consents.c[name] for name in _TEXT]
    query = select(*columns, func.count().label("number")).where(_in_force()).group_by(*columns)
    found = connection.execute(query.order_by(*columns)).mappings()
    return [Agreed(**row) for row in found]


def left_by(
    connection: Connection, after: PolicyDocument, before: PolicyDocument | None = None
) -> list[Left]:
    """The consents in force that have no valid notice in a document; with `before`, only those that
    had one there."""
    given = in_force(connection)
    then = _Documents(connection, (one.policy for one in given))
    left = []
    for one in given:
        under = then.of(one.policy)
        why = lapse(after, one.agreement, under)
        if why and (before is None or lapse(before, one.agreement, under) is None):
            left.append(Left(one, why))
    return left


def page(
    connection: Connection,
    left: Sequence[Left] | None = None,
    *,
    cursor: int | None = None,
    limit: int = 100,
) -> Page[Given]:
    """The consents in force one by one, newest first; with `left`, only those."""
    query = rows_as(Given, consents, _in_force())
    if left is not None:
        texts = [tuple(getattr(one.agreed, name) for name in _TEXT) for one in left]
        query = query.where(tuple_(*(consents.c[name] for name in _TEXT)).in_(texts))
    return newest_first(connection, Given, query, consents.c.position, cursor, limit)


@cache
def _in_force() -> ColumnElement[bool]:
    """The last word that counts on its purpose, if that is a consent, of somebody not erased."""
    later, died, asked = consents.alias(), erasures.alias(), erasures.alias()
    overtaken = exists().where(
        later.c.subject == consents.c.subject,
        later.c.purpose == consents.c.purpose,
        later.c.position > consents.c.position,
        _counts(later),
    )
    erased = exists().where(
        died.c.subject == consents.c.subject,
        died.c.step == "erased",
        exists().where(asked.c.erasure == died.c.erasure, asked.c.whole == true()),
    )
    return and_(
        consents.c.given == true(),
        consents.c.purpose.is_not(None),
        _counts(consents),
        ~overtaken.correlate(consents),
        ~erased.correlate(consents),
    )


def _counts(words: FromClause) -> ColumnElement[bool]:
    """A told grant that broke a rule permits nothing; a withdrawal always holds (`Consent.counts`)."""
    return and_(counts(words.c.event), or_(words.c.given != true(), words.c.findings == ()))


class _Documents:
    """Published documents by version, each read once."""

    def __init__(self, connection: Connection, versions: Iterable[int]) -> None:
        wanted = set(versions)
        rows = policies.versions(connection)
        self._texts = {row.version: row.document for row in rows if row.version in wanted}
        self._read: dict[int, PolicyDocument] = {}

    def of(self, version: int) -> PolicyDocument | None:
        if version not in self._read and version in self._texts:
            self._read[version] = document.read(self._texts[version])
        return self._read.get(version)
