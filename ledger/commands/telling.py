"""Facts of an account, as they are told: documents, payments, credits, cases and holds.

Numbers and amounts are sealed in the account's own stream: under the class of their attribute,
where the teller names one, so that each document's number ends on its own; else as evidence.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar, Literal
from uuid import UUID

from ledger import events
from ledger.account import Account
from ledger.command import Command
from ledger.commands.accounting import day_of, the_account, with_everybody
from ledger.commands.keeping import end_case, extend, keep, set_free
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import Event, SlotName
from ledger.ids import new_id
from ledger.policy.accounting import telling
from ledger.policy.retaining import Document, Fact
from ledger.policy.values import validate
from ledger.sealing import Sealed

Told = Literal[
    "quote-issued", "invoice-issued", "licence-generated", "licence-paid", "credit-opened",
    "credit-settled", "case-opened", "case-closed", "hold-placed", "hold-released",
]  # fmt: skip
PAPERS: dict[str, type[Event]] = {
    "quote-issued": events.QuoteIssued,
    "invoice-issued": events.InvoiceIssued,
    "licence-generated": events.LicenceGenerated,
}
MATTERS: dict[str, type[Event]] = {
    "credit-opened": events.CreditOpened,
    "case-opened": events.CaseOpened,
    "hold-placed": events.HoldPlaced,
}
ENDS: dict[str, tuple[type[Event], str]] = {
    "credit-settled": (events.CreditSettled, "credit-opened"),
    "case-closed": (events.CaseClosed, "case-opened"),
    "hold-released": (events.HoldReleased, "hold-placed"),
}
NEEDS_OPEN = {*PAPERS, "credit-opened"}
"""What does not happen in an account that was closed before. (Payments and disputes do.)"""
MOST_REFERS = 100


class RecordFact(Command, frozen=True, kw_only=True):
    """A fact that retention looks at has happened in an account (POLICY.md, P22 to P24). Told.

    `about`: the document that was paid, the credit, case or hold that ended; or, of something new,
    the id it has as a document's scope already. Without it one is minted; answers `about`.
    `refers`: the quotes and invoices behind an invoice or licence. `number`: the document's number,
    the credit's amount, the case's reference; `attribute`: as which attribute of the policy.
    `matter`: which kind of case or hold. `members`: whom the matter concerns, where not by role.
    What the fact keeps or sets free of the members' data is part of the same append.
    """

    NAME: ClassVar[str] = "record-fact"
    TOLD: ClassVar[bool] = True
    HEAVY: ClassVar[bool] = True

    account: UUID
    fact: Told
    about: UUID | None = None
    refers: tuple[UUID, ...] = ()
    number: str | None = None
    attribute: str | None = None
    matter: str | None = None
    members: tuple[UUID, ...] = ()
    day: dt.date | None = None

    def stream(self) -> UUID | None:
        return self.account

    def decide(self, desk: Desk) -> None:
        account = with_everybody(desk, the_account(desk, self.account))
        self._fits(account)
        if self.fact == "licence-paid":
            paid = account.papers[self._known(account, ("licence-generated",))].paid
            if paid is not None:
                desk.unchanged(about=self.about or account.id)
                return
        day, event = day_of(desk, self.day), new_id()
        everybody = account.everybody
        concerned = tuple(dict.fromkeys(m for m in self.members if m in everybody))
        findings = telling(
            desk.policy,
            closed=self.fact in NEEDS_OPEN and account.closed is not None and day > account.closed,
            attribute=self.attribute,
            matter=self.matter,
            needs_matter=self.fact in ("case-opened", "hold-placed"),
            strangers=bool(set(self.members) - set(everybody)),
        )
        fact = self._draft(desk, account, event, day, concerned)
        desk.irregular(account, event, findings)
        keep(desk, account, fact, everybody if concerned else list(account.members))
        for later in self._resting(account, fact.id):
            extend(desk, account, later, everybody)
        set_free(desk, account, fact, everybody)
        if self.fact == "case-closed":
            end_case(desk, fact.id, everybody)
        desk.done(findings, about=fact.id)

    def _resting(self, account: Account, paper: UUID) -> list[Fact]:
        """The facts that rest on this document already: it is told again, or it is an invoice of what
        a paid licence rests on."""
        known = self.fact in PAPERS and (self.about or self.refers)
        return account.resting_on(paper) if known else []

    def _fits(self, account: Account) -> None:
        """Raises InvalidInput or NotFound: something is given that this fact does not have."""
        number = self.fact in PAPERS or self.fact in MATTERS
        for field, given, fits in (
            ("refers", self.refers, self.fact in ("invoice-issued", "licence-generated")),
            ("number", self.number, number),
            ("attribute", self.attribute, number and self.number is not None),
            ("matter", self.matter, self.fact in ("case-opened", "hold-placed")),
            ("members", self.members, self.fact in MATTERS),
        ):
            if given and not fits:
                raise InvalidInput(field=field, rule="not of this fact")
        if len(self.refers) > (1 if self.fact == "invoice-issued" else MOST_REFERS):
            raise InvalidInput(field="refers", rule="one of an invoice, at most a hundred else")
        for document in self.refers:
            if document not in account.papers:
                raise NotFound(document=document)

    def _known(self, account: Account, kinds: tuple[str, ...]) -> UUID:
        paper = account.papers.get(self.about) if self.about else None
        if self.about is None or paper is None or paper.kind not in kinds:
            raise NotFound(kind=" or ".join(kinds), about=self.about)
        return self.about

    def _new(self, account: Account) -> UUID:
        """The id of something new.

        Raises:
            InvalidInput: it has one already, or one that was not drawn at random.
        """
        about = self.about or new_id()
        if about.version != 4:
            raise InvalidInput(field="about", rule="a random id (UUIDv4), which says nothing")
        if about == account.id or about in account.papers or about in account.matters:
            raise InvalidInput(field="about", rule="an id that nothing of this account has")
        return about

    # ---- the fact itself --------------------------------------------------------------------

    def _draft(
        self, desk: Desk, account: Account, event: UUID, day: dt.date, concerned: tuple[UUID, ...]
    ) -> Fact:
        if self.fact in PAPERS:
            return self._paper(desk, account, event, day)
        if self.fact in MATTERS:
            return self._matter(desk, account, event, day, concerned)
        draft = desk.draft(account)
        if self.fact == "licence-paid":
            about = self._known(account, ("licence-generated",))
            draft.add(events.LicencePaid, event, document=about, paid=day)
            return Fact(self.fact, about, day, account.paid(about, day))
        kind, opened_by = ENDS[self.fact]
        known = account.matters.get(self.about) if self.about else None
        if self.about is None or known is None or known.opened_by != opened_by:
            raise NotFound(kind=opened_by, about=self.about)
        fact = account.matter_fact(self.about, self.fact, day)
        id_, when = _own(kind)
        ending: dict[str, Any] = {id_: self.about, when: day}
        draft.add(kind, event, **ending)
        return fact

    def _paper(self, desk: Desk, account: Account, event: UUID, day: dt.date) -> Fact:
        kind, about = PAPERS[self.fact], self._new(account)
        fields: dict[str, Any] = {"document": about}
        if kind is events.InvoiceIssued:
            fields["refers"] = next(iter(self.refers), None)
        elif kind is events.LicenceGenerated:
            fields["refers"] = tuple(dict.fromkeys(self.refers))
        fields["number"] = self._sealed(desk, account, event, "number", about, day)
        fields["generated" if kind is events.LicenceGenerated else "issued"] = day
        desk.draft(account).add(kind, event, **fields)
        return Fact(self.fact, about, day, account.chain(about))

    def _matter(
        self, desk: Desk, account: Account, event: UUID, day: dt.date, concerned: tuple[UUID, ...]
    ) -> Fact:
        kind, about = MATTERS[self.fact], self._new(account)
        credit = kind is events.CreditOpened
        name = "amount" if credit else "reference"
        fields: dict[str, Any] = {"members": concerned}
        fields[name] = self._sealed(desk, account, event, name, about, day)
        listed = self.matter if self.matter in desk.policy.matters else None
        if not credit:
            unlisted = None if listed else self.matter
            fields["kind"] = listed
            fields["unlisted"] = desk.evidence(account, event, "unlisted", unlisted)
        id_, when = _own(kind)
        fields |= {id_: about, when: day}
        desk.draft(account).add(kind, event, **fields)
        return Fact(self.fact, about, day, (Document(about, day),), listed, concerned)

    def _sealed(
        self, desk: Desk, account: Account, event: UUID, field: str, about: UUID, day: dt.date
    ) -> Sealed | None:
        """The number under the class of its attribute and, where its scope is a document or case,
        under a key that nothing else has; without a listed attribute, as evidence."""
        listed = desk.policy.attributes.get(self.attribute or "")
        if self.number is None or listed is None:
            return desk.evidence(account, event, field, self.number)
        assert self.attribute is not None
        text = validate(self.attribute, listed, self.number)
        own = desk.policy.classes[listed.class_].scope in ("document", "case")
        scope = desk.policy.scope_of(listed.class_, day, about.hex if own else None)
        return desk.draft(account).seal(event, "@" + field, SlotName(listed.class_, scope), text)


def _own(kind: type[Event]) -> tuple[str, str]:
    """The two fields that an opening or an end has of its own: the id, and the day."""
    names: dict[type[Event], tuple[str, str]] = {
        events.CreditOpened: ("credit", "opened"),
        events.CreditSettled: ("credit", "settled"),
        events.CaseOpened: ("case", "opened"),
        events.CaseClosed: ("case", "closed"),
        events.HoldPlaced: ("hold", "placed"),
        events.HoldReleased: ("hold", "released"),
    }
    return names[kind]
