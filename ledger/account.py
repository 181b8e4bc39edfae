"""An account of a person or an organisation: its members, and what retention looks at.

Its state holds ids, codes and dates. What is many is bounded: of documents and of former members
the newest are kept, and `left_…` says that there are others; who looks for one of these folds the
stream as a whole. What is open (credits, cases, holds, members) is kept without a bound.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import ClassVar
from uuid import UUID

import msgspec

from ledger import events
from ledger.events import AccountKind, Entry, FactKind, SlotName
from ledger.facts import Due
from ledger.policy.retaining import Document, Fact
from ledger.stream import Stream

MEMBERS = 1_000
"""Members an account may have: a fact is decided for all of them in one append."""
PAPERS = 256
FORMER = 256


class Member(msgspec.Struct, frozen=True, array_like=True):
    """A data subject in the account, and in which roles."""

    roles: tuple[str, ...]
    since: dt.date


class Paper(msgspec.Struct, array_like=True):
    """A quote, an invoice or a licence, by the fact that says it; what it refers to."""

    kind: FactKind
    day: dt.date
    refers: tuple[UUID, ...]
    paid: dt.date | None = None


class Matter(msgspec.Struct, frozen=True, array_like=True):
    """A credit, a case or a hold that is open, by the fact that opened it. `kind`: of a case or
    hold; `members`: whom it concerns, if it names them."""

    opened_by: FactKind
    day: dt.date
    kind: str | None
    members: tuple[UUID, ...]


class Books(msgspec.Struct, array_like=True):
    """All that is kept of an account. `kind` None: none was opened in this stream."""

    kind: AccountKind | None = None
    opened: dt.date | None = None
    closed: dt.date | None = None
    members: dict[UUID, Member] = msgspec.field(default_factory=dict)
    former: list[UUID] = msgspec.field(default_factory=list)
    papers: dict[UUID, Paper] = msgspec.field(default_factory=dict)
    matters: dict[UUID, Matter] = msgspec.field(default_factory=dict)
    irregularities: list[UUID] = msgspec.field(default_factory=list)
    left_former: bool = False
    left_papers: bool = False
    scheduled: dict[UUID, Due] = msgspec.field(default_factory=dict)


class Account(Stream):
    """The state of one account, as its stream says."""

    FORM: ClassVar[int] = 62
    KEPT = Books
    kept: Books

    # ---- questions --------------------------------------------------------------------------

    @property
    def opened(self) -> bool:
        return self.kept.kind is not None

    @property
    def kind(self) -> AccountKind:
        assert self.kept.kind is not None
        return self.kept.kind

    @property
    def closed(self) -> dt.date | None:
        """The day it was closed on."""
        return self.kept.closed

    @property
    def members(self) -> dict[UUID, Member]:
        """Who is in it now."""
        return self.kept.members

    @property
    def everybody(self) -> list[UUID]:
        """Who is in it, and who was."""
        return [*self.kept.members, *self.kept.former]

    @property
    def papers(self) -> dict[UUID, Paper]:
        """Its quotes, invoices and licences."""
        return self.kept.papers

    @property
    def matters(self) -> dict[UUID, Matter]:
        """Its open credits, cases and holds."""
        return self.kept.matters

    @property
    def irregularities(self) -> list[UUID]:
        """The irregularities nobody has closed."""
        return self.kept.irregularities

    @property
    def scheduled(self) -> dict[UUID, Due]:
        """The erasures of its own keys that are scheduled."""
        return self.kept.scheduled

    def content(self, content: UUID) -> SlotName | None:
        """Where a stored content lies, if its key is alive: each has a key of its own."""
        return next((name for name in self.living if name.scope == content.hex), None)

    def chain(self, paper: UUID) -> tuple[Document, ...]:
        """A document and all that it refers to, directly or by way of another."""
        found: dict[UUID, Document] = {}
        asked = [paper]
        while asked:
            one = asked.pop(0)
            if one in self.kept.papers and one not in found:
                found[one] = Document(one, self.kept.papers[one].day)
                asked += self.kept.papers[one].refers
        return tuple(found.values())

    def paid(self, licence: UUID, day: dt.date) -> tuple[Document, ...]:
        """What a paid licence rests on (P24): all that it refers to, and the earlier invoices that
        refer to one of these, or to the licence itself."""
        return self._paid(licence, day, self._invoices())

    def _invoices(self) -> dict[UUID, list[UUID]]:
        """By document the invoices that refer to it."""
        found: dict[UUID, list[UUID]] = {}
        for id_, paper in self.kept.papers.items():
            if paper.kind == "invoice-issued":
                for referred in paper.refers:
                    found.setdefault(referred, []).append(id_)
        return found

    def _paid(
        self, licence: UUID, day: dt.date, invoices: dict[UUID, list[UUID]]
    ) -> tuple[Document, ...]:
        found = {document.id: document for document in self.chain(licence)}
        asked = list(found)
        while asked:
            for one in invoices.get(asked.pop(0), ()):
                if one not in found and self.kept.papers[one].day <= day:
                    more = [document for document in self.chain(one) if document.id not in found]
                    found |= {document.id: document for document in more}
                    asked += [document.id for document in more]
        return tuple(found.values())

    def standing(self) -> Iterator[Fact]:
        """What holds for whoever joins now: the facts that nothing has ended.

        (How long they count is the policy's business.)
        """
        kept = self.kept
        if kept.opened is not None:
            yield Fact("account-opened", self.id, kept.opened, (Document(self.id, kept.opened),))
        for id_, paper in kept.papers.items():
            yield Fact(paper.kind, id_, paper.day, self.chain(id_))
        yield from self.over()
        for id_, matter in kept.matters.items():
            yield self.matter_fact(id_, matter.opened_by, matter.day)

    def resting_on(self, paper: UUID) -> list[Fact]:
        """The facts that keep a document for others' sake: those that rest on it."""
        return [
            fact
            for fact in self.standing()
            if any(document.id == paper for document in fact.documents[1:])
        ]

    def said(self) -> dict[tuple[FactKind, UUID], Fact]:
        """Every fact that keeps something and stands, by kind and what it is about: also who joined
        and left, and the closure. Only of a state folded as a whole."""
        found = {(fact.kind, fact.id): fact for fact in self.standing()}
        for body in self._counting():
            match body:
                case events.MemberJoined(subject=one, since=day):
                    fact = Fact("member-joined", one, day, (Document(one, day),))
                case events.MemberLeft(subject=one, until=day):
                    fact = Fact("member-left", one, day, (Document(one, day),))
                case events.AccountClosed(closed=day):
                    fact = Fact("account-closed", self.id, day, (Document(self.id, day),))
                case _:
                    continue
            found[fact.kind, fact.id] = fact
        return found

    def roles_said(self, member: UUID) -> frozenset[str]:
        """Every role this member is or was in. Only of a state folded as a whole."""
        joins = (body for body in self._counting() if isinstance(body, events.MemberJoined))
        return frozenset(role for body in joins if body.subject == member for role in body.roles)

    def _counting(self) -> Iterator[events.Event]:
        assert self.history is not None
        return (entry.body for entry in self.history if entry.event not in self.annulled)

    def over(self) -> Iterator[Fact]:
        """The facts behind some of those: a paid licence ends what waited for its payment."""
        invoices = self._invoices()
        for id_, paper in self.kept.papers.items():
            if paper.paid is not None:
                documents = self._paid(id_, paper.paid, invoices)
                yield Fact("licence-paid", id_, paper.paid, documents)

    def matter_fact(self, matter: UUID, kind: FactKind, day: dt.date) -> Fact:
        """What was said of a matter that is open."""
        of = self.kept.matters[matter]
        return Fact(kind, matter, day, (Document(matter, of.day),), of.kind, of.members)

    # ---- evolution --------------------------------------------------------------------------

    def evolve(self, entry: Entry) -> None:
        kept = self.kept
        match entry.body:
            case events.AccountOpened() as body:
                kept.kind, kept.opened = body.kind, body.occurred_at.date()
            case events.AccountClosed(closed=day):
                kept.closed = day
            case events.MemberJoined() as body:
                kept.members[body.subject] = Member(body.roles, body.since)
                kept.former = [one for one in kept.former if one != body.subject]
            case events.MemberLeft(subject=subject):
                self._leaves(subject)
            case events.QuoteIssued() as body:
                self._paper(body.document, Paper("quote-issued", body.issued, ()))
            case events.InvoiceIssued() as body:
                refers = () if body.refers is None else (body.refers,)
                self._paper(body.document, Paper("invoice-issued", body.issued, refers))
            case events.LicenceGenerated() as body:
                paper = Paper("licence-generated", body.generated, body.refers)
                self._paper(body.document, paper)
            case events.LicencePaid(document=document, paid=day):
                if document in kept.papers:
                    kept.papers[document].paid = day
            case events.IrregularityFound(irregularity=irregularity):
                kept.irregularities.append(irregularity)
            case events.IrregularityClosed(irregularity=irregularity):
                kept.irregularities = [i for i in kept.irregularities if i != irregularity]
            case _:
                self._evolve_matter(entry)

    def _evolve_matter(self, entry: Entry) -> None:
        matters = self.kept.matters
        match entry.body:
            case events.CreditOpened() as body:
                matters[body.credit] = Matter("credit-opened", body.opened, None, body.members)
            case events.CaseOpened() as body:
                matters[body.case] = Matter("case-opened", body.opened, body.kind, body.members)
            case events.HoldPlaced() as body:
                matters[body.hold] = Matter("hold-placed", body.placed, body.kind, body.members)
            case events.CreditSettled(credit=matter):
                matters.pop(matter, None)
            case events.CaseClosed(case=matter):
                matters.pop(matter, None)
            case events.HoldReleased(hold=matter):
                matters.pop(matter, None)
            case _:
                self._evolve_end(entry)

    def _evolve_end(self, entry: Entry) -> None:
        """What a sweep does to the account's own keys."""
        match entry.body:
            case events.ErasureScheduled(erasure=erasure, slots=slots):
                named = (self.slots[SlotName(slot.class_, slot.scope)] for slot in slots)
                kids = tuple(slot.kid for slot in named)
                self.kept.scheduled[erasure] = Due(entry.event, kids)
            case events.ErasureCancelled(erasure=erasure) | events.DataErased(erasure=erasure):
                self.kept.scheduled.pop(erasure, None)

    def _leaves(self, subject: UUID) -> None:
        kept = self.kept
        if kept.members.pop(subject, None) is not None:
            kept.former.append(subject)
        if len(kept.former) > FORMER and not self.whole:
            del kept.former[0]
            kept.left_former = True

    def _paper(self, document: UUID, paper: Paper) -> None:
        papers = self.kept.papers
        papers[document] = paper
        if len(papers) > PAPERS and not self.whole:
            del papers[next(iter(papers))]
            self.kept.left_papers = True
