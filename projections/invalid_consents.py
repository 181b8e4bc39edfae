"""Invalid consents: those in force that were given under a notice which is not valid any more.

A document that shows another text, or uses more, leaves them behind (`ledger/policy/agreed.py`).
Derived from what people said and from the published documents; it owns no table. What people say on
a purpose is folded as in `consents.py`: by the log, the last word that counts.

Nothing here costs more because more people consented: which texts there are is found by leaps over
an index, a page looks at so many words, and a count may be told where to stop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
)

from ledger.policy import document
from ledger.policy.agreed import Agreement, Lapse, lapse
from ledger.policy.model import PolicyDocument
from projections import policies
from projections.annulments import counts
from projections.columns import Fact
from projections.consents import TEXT, consents
from projections.erasures import erasures
from projections.queries import Page, at_most, fetch, rows_as

LOOKED_AT = 5_000
"""Words that a page looks at, at most: it may be short, and its cursor goes on from there."""


@dataclass(frozen=True)
class Agreed:
    """How many consents in force are to the same purpose, under the same text and policy version.

    `more`: counting stopped before all that were given under it were looked at.
    """

    purpose: str
    notice_version: str
    notice_language: str
    notice_digest: bytes
    policy: int
    number: int = 0
    more: bool = False

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


def in_force(connection: Connection) -> list[Agreed]:
    """All consents in force of everybody who is not erased, gathered by what was agreed to. Looks at
    every one of them."""
    return [one for one in _counted(connection, texts(connection), None) if one.number]


def left_by(
    connection: Connection,
    after: PolicyDocument,
    before: PolicyDocument | None = None,
    *,
    within: int | None = None,
) -> list[Left]:
    """The consents in force that have no valid notice in a document; with `before`, only those that
    had one there. `within`: so many words are looked at to count them, the newest; none: all."""
    found = lapsed(connection, after, before)
    counted = _counted(connection, [one.agreed for one in found], within)
    left = [replace(one, agreed=agreed) for one, agreed in zip(found, counted, strict=True)]
    return [one for one in left if one.agreed.number or one.agreed.more]


def lapsed(
    connection: Connection, after: PolicyDocument, before: PolicyDocument | None = None
) -> list[Left]:
    """The same, not counted: also texts under which nobody's consent is in force any more."""
    shown = texts(connection)
    then = _Documents(connection, (one.policy for one in shown))
    left = []
    for one in shown:
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
    shown = texts(connection) if left is None else [one.agreed for one in left]
    rows: list[Given] = []
    looked, many = 0, limit + 1
    while looked < LOOKED_AT:
        newest, cursor = _newest(connection, shown, cursor, many)
        query = rows_as(Given, consents, consents.c.event.in_(newest), _in_force())
        rows += fetch(connection, Given, query.order_by(consents.c.position.desc()))
        if len(rows) > limit:
            return Page(rows[:limit], rows[limit - 1].position)
        if cursor is None:
            break
        looked, many = looked + many, 2 * many
    return Page(rows, cursor)


# ---- what was agreed to ------------------------------------------------------------------------


def texts(connection: Connection) -> list[Agreed]:
    """What anybody ever agreed to, by policy version, purpose and text; nothing is counted."""
    found = connection.execute(_texts()).mappings()
    return [Agreed(**row) for row in found if row["notice_digest"] is not None]


@cache
def _texts() -> Select[Any]:
    """From the first word of a text to the first of the next: as many steps as there are texts."""
    at, none = consents.alias("at"), literal(None, consents.c.event.type)
    first = select(_first().label("event")).cte("walk", recursive=True)
    # behind this text: the next language of its notice, the next notice of its purpose, and so on
    step = func.coalesce(*(_first(at, same) for same in reversed(range(len(TEXT)))), none)
    walk = first.union_all(select(step).select_from(first.join(at, at.c.event == first.c.event)))
    columns = (*_text(consents), consents.c.notice_digest)
    found = select(*columns).select_from(walk.join(consents, consents.c.event == walk.c.event))
    return found.order_by(*_text(consents))


def _first(behind: FromClause | None = None, same: int = 0) -> ColumnElement[UUID]:
    """The first word of all, or of those behind a text that agree with it in so many parts of it:
    one leap over the index each, which no database takes for a comparison of all parts at once."""
    words = consents.alias()
    query = select(words.c.event).where(_of_text(words)).order_by(*_text(words))
    if behind is not None:
        parts = list(zip(_text(words), _text(behind), strict=True))
        query = query.where(*(one == other for one, other in parts[:same]))
        query = query.where(parts[same][0] > parts[same][1]).correlate(behind)
    return query.limit(at_most(1)).scalar_subquery()


def _text(words: FromClause) -> list[ColumnElement[object]]:
    return [words.c[name] for name in TEXT]


def _of_text(words: FromClause) -> ColumnElement[bool]:
    """What the index `consents_text` holds: consents to a purpose that was listed."""
    return and_(words.c.notice_version.is_not(None), words.c.purpose.is_not(None))


# ---- one text after the other ------------------------------------------------------------------

_WORDS = consents.alias("words")


@cache
def _under(*where: str) -> Select[UUID, int]:
    """So many of the words given under one text, newest first; `below`: that are older than one."""
    query = select(_WORDS.c.event, _WORDS.c.position).where(
        _of_text(_WORDS), *(_WORDS.c[name] == bindparam(name) for name in TEXT)
    )
    if "below" in where:
        query = query.where(_WORDS.c.position < bindparam("below"))
    return query.order_by(_WORDS.c.position.desc()).limit(at_most("many"))


def _newest(
    connection: Connection, shown: Iterable[Agreed], below: int | None, many: int
) -> tuple[list[UUID], int | None]:
    """The newest words under any of these texts, and the position to go on below; None: no more."""
    query, bound = (_under(), {}) if below is None else (_under("below"), {"below": below})
    found: list[tuple[UUID, int]] = []
    for one in shown:
        words = connection.execute(query, {**_of(one), **bound, "many": many})
        found += [(event, position) for event, position in words]
    found = sorted(found, key=lambda word: -word[1])[:many]
    return [event for event, _ in found], found[-1][1] if len(found) == many else None


def _counted(connection: Connection, shown: Sequence[Agreed], within: int | None) -> list[Agreed]:
    """The same with their numbers, the newest versions first where not all may be looked at."""
    numbers: dict[Agreed, Agreed] = {}
    for one in sorted(shown, key=lambda one: -one.policy):
        many = _ALL if within is None else within + 1
        seen, number = connection.execute(_count(), {**_of(one), "many": many}).one()
        numbers[one] = replace(one, number=number, more=seen == many)
        within = None if within is None else max(within - seen, 0)
    return [numbers[one] for one in shown]


_ALL = 2**62


@cache
def _count() -> Select[int, int]:
    """How many words of one text were looked at, and how many of them hold."""
    newest = _under().subquery()
    holds = func.count(case((_in_force(), 1)))
    joined = newest.join(consents, consents.c.event == newest.c.event)
    return select(func.count(), holds).select_from(joined)


def _of(one: Agreed) -> dict[str, object]:
    return {name: getattr(one, name) for name in TEXT}


# ---- what holds --------------------------------------------------------------------------------


@cache
def _in_force() -> ColumnElement[bool]:
    """The last word that counts on its purpose is this one, of somebody who is not erased.

    Asked of each word by itself, not by `NOT EXISTS`: for a page of a hundred a database may take
    that for a reason to go through all words there are.
    """
    said, died, asked = consents.alias(), erasures.alias(), erasures.alias()
    last = select(func.max(said.c.position)).where(
        said.c.subject == consents.c.subject,
        said.c.purpose == consents.c.purpose,
        _counts(said),
    )
    whole = exists().where(asked.c.erasure == died.c.erasure, asked.c.whole == true())
    erased = select(died.c.position).where(
        died.c.subject == consents.c.subject, died.c.step == "erased", whole
    )
    return and_(
        consents.c.given == true(),
        consents.c.position == last.correlate(consents).scalar_subquery(),
        erased.limit(at_most(1)).correlate(consents).scalar_subquery().is_(None),
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
