"""What a version of the policy changes: in words, in consents left behind, in keys that fall due."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Path, Query

from api.dependencies import Tables, TheLedger, permitted
from api.schemas import View
from ledger.errors import NotFound
from ledger.policy import diff, document
from ledger.policy.agreed import SAYS
from ledger.policy.diff import Kind
from ledger.policy.entries import Effect
from ledger.policy.model import PolicyDocument
from ledger.policy.names import Names
from projections import falling_due, invalid_consents, policies, queries

router = APIRouter(prefix="/v1/policy/versions", tags=["policy"])


COUNTED = 10_000
"""Consents that are looked at to count those without a valid notice, where somebody waits for it."""


class Side(NamedTuple):
    """One of two documents; `version` is none before it is published."""

    version: int | None
    text: str
    document: PolicyDocument

    @classmethod
    def of(cls, text: str, version: int | None = None) -> Side:
        """A published document.

        Raises:
            PolicyInvalid: the text is of no form that a document ever had.
        """
        return cls(version, text, document.read(text))


class SideView(View):
    """One of the two documents."""

    version: int | None
    label: str
    sha256: str


class ChangeView(View):
    """One thing that is different, in words. `wider`: more of a person's data is used, by more
    parties, for longer, or with less say of the person; `narrower`: the reverse."""

    key: str
    kind: Kind
    effect: Effect
    says: str


class LeftView(View):
    """Consents in force that the document leaves without a valid notice. `more`: not all that were
    given under the text were looked at, so there may be more than are counted."""

    purpose: str
    label: str
    notice: str
    language: str
    given_under: int
    consents: int
    more: bool
    why: str
    says: str


class DueView(View):
    """Living keys of a class that are due within the days, under either document. `slipped`: the
    period was cut to less than a tenth, perhaps by a slip."""

    retention_class: str
    label: str
    living: int
    before: int
    after: int
    slipped: bool


class FallingDueView(View):
    """How many keys fall due within some days from today, in all and by class. Claims may keep some;
    what people say may end others earlier. `shortened_from`: the day from which a shortened period
    counts, were it published today; null: none is shortened, or it is published already."""

    days: int
    shortened_from: dt.date | None
    before: int
    after: int
    classes: list[DueView]


class DiffView(View):
    """What changes for people from one document to another, and what that comes to in this ledger."""

    before: SideView
    after: SideView
    changes: list[ChangeView]
    consents: list[LeftView]
    keys: FallingDueView


class WordsView(View):
    """The same without a ledger: the documents alone."""

    before: SideView
    after: SideView
    changes: list[ChangeView]


@router.get("/{version}/diff", operation_id="policy_diff", dependencies=[permitted("audit:read")])
def of_version(
    version: Annotated[int, Path(ge=1, le=2**31)],
    tables: Tables,
    ledger: TheLedger,
    since: Annotated[
        int | None,
        Query(alias="with", ge=1, le=2**31, description="The other version; the one before it."),
    ] = None,
) -> DiffView:
    """What this version changes from the one before (or another): in words, in consents it leaves
    without a valid notice, and in keys that fall due in thirty days."""
    earlier = since if since is not None else max(version - 1, 1)
    before, after = side(tables, earlier), side(tables, version)
    return compared(tables, before, after, ledger.clock().date(), within=COUNTED)


def side(tables: queries.Tables, version: int) -> Side:
    """A published version.

    Raises:
        NotFound: there is no such version.
    """
    row = policies.version(tables, version)
    if row is None:
        raise NotFound(version=version)
    return Side.of(row.document, version)


def in_force(tables: queries.Tables) -> Side:
    """The version in force.

    Raises:
        NotFound: there is none yet.
    """
    row = policies.in_force(tables)
    if row is None:
        raise NotFound()
    return Side.of(row.document, row.version)


def worded(before: Side, after: Side) -> WordsView:
    """What changes in words."""
    return WordsView(
        before=_side(before),
        after=_side(after),
        changes=[
            ChangeView(**change._asdict())
            for change in diff.changes(before.document, after.document)
        ],
    )


def compared(
    tables: queries.Tables, before: Side, after: Side, today: dt.date, within: int | None = None
) -> DiffView:
    """What changes, and what that comes to today in this ledger. `within`: how many consents are
    looked at to count those that are left; none: all."""
    names = Names(after.document, before.document)
    left = invalid_consents.left_by(tables, after.document, before.document, within=within)
    due = falling_due.compared(tables, before.document, after.document, today)
    words = worded(before, after)
    delay = dt.timedelta(days=after.document.sweep.shortening_days)
    return DiffView(
        **dict(words),
        consents=[left_view(one, names) for one in left],
        keys=FallingDueView(
            days=falling_due.DAYS,
            shortened_from=today + delay if after.version is None and _shortens(words) else None,
            before=sum(one.before for one in due),
            after=sum(one.after for one in due),
            classes=[_due(one, names) for one in due],
        ),
    )


def _shortens(words: WordsView) -> bool:
    """Whether data of a class ends sooner."""
    return any(
        one.key.startswith("classes.")
        and one.key.endswith((".ends", ".ends.after", ".keeps.period"))
        and one.kind == "less"
        for one in words.changes
    )


def left_view(left: invalid_consents.Left, names: Names) -> LeftView:
    """Consents left without a valid notice, as they are shown."""
    one = left.agreed
    return LeftView(
        purpose=one.purpose,
        label=names.label("purposes", one.purpose),
        notice=one.notice_version,
        language=one.notice_language,
        given_under=one.policy,
        consents=one.number,
        more=one.more,
        why=left.why,
        says=SAYS[left.why].capitalize(),
    )


def _due(one: falling_due.FallingDue, names: Names) -> DueView:
    shown = {name: getattr(one, name) for name in DueView.model_fields if name != "label"}
    return DueView(**shown, label=names.label("classes", one.retention_class))


def _side(one: Side) -> SideView:
    return SideView(
        version=one.version,
        label=one.document.policy.label,
        sha256=document.digest(one.text).hex(),
    )
