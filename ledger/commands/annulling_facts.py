"""Annulment of what was said of an account: a fact told in error counts no more from here on.

What it kept of the members' data is set free, and what it set free is kept again, as far as that is
still there: what was erased stays erased. What a fact did is read from its own append, for the policy
may have changed since; what is kept anew is kept by the policy in force.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from ledger import events
from ledger.account import Account
from ledger.command import Command
from ledger.commands.accounting import the_account
from ledger.commands.carrying_out import with_all_holders
from ledger.commands.claiming import OfFact, place, release
from ledger.commands.keeping import end_case, is_over
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import CommandRefused, Entry, EntryAnnulled, FactKind, Finding
from ledger.facts import Claim
from ledger.ids import new_id
from ledger.policy import retaining
from ledger.policy.retaining import Fact, Wanted
from ledger.subject import DataSubject

SHARED = (events.MemberJoined, events.MemberLeft, events.AccountClosed)
"""What is said in the member's stream, too."""
ANNULLABLE = (
    *SHARED,
    events.QuoteIssued, events.InvoiceIssued, events.LicenceGenerated, events.LicencePaid,
    events.CreditOpened, events.CreditSettled, events.CaseOpened, events.CaseClosed,
    events.HoldPlaced, events.HoldReleased,
)  # fmt: skip
"""Not the opening (an account is closed), nor what customers stored, nor what was opened."""
Facts = Mapping[tuple[FactKind, UUID], Fact]


class AnnulFact(Command, frozen=True, kw_only=True):
    """What was said of an account, or of who is in it, was recorded in error. Asked.

    Claims that only it had placed are released, and erasures that waited for them carried on with;
    claims that it had released are placed anew. What is said in a member's stream too is annulled
    in both.
    """

    NAME: ClassVar[str] = "annul-fact"
    HEAVY: ClassVar[bool] = True

    account: UUID
    entry: UUID
    reason: str
    note: str | None = None

    def stream(self) -> UUID | None:
        return self.account

    def decide(self, desk: Desk) -> None:
        account = desk.in_full(the_account(desk, self.account))
        entry = account.entry(self.entry)
        if entry is None:
            raise NotFound(entry=self.entry)
        if self.reason not in desk.policy.reasons:
            raise InvalidInput(field="reason", rule="a reason the policy lists")
        if self.entry in account.annulled:
            desk.unchanged()
            return
        if not isinstance(entry.body, ANNULLABLE):
            findings = (Finding("entry-stands"),)
            desk.refuse(CommandRefused, account, findings, command=self.NAME, purpose=None)
            return
        people, before, beside = account.everybody, account.said(), desk.beside(entry)
        self._annul(desk, account, entry, beside)
        mending = _Mending(desk, account, entry, before, beside)
        everybody = list(dict.fromkeys([*people, *account.everybody, *mending.freed]))
        desk.preload(DataSubject, everybody)
        for one in everybody:
            mending.mend(one)
        if isinstance(entry.body, events.CaseOpened):
            end_case(desk, entry.body.case, everybody)
        desk.done()

    def _annul(self, desk: Desk, account: Account, entry: Entry, beside: Iterable[Entry]) -> None:
        """In the account's stream, and wherever the same was said."""
        event = new_id()
        note = desk.evidence(account, event, "note", self.note)
        fields: dict[str, Any] = {"entry": entry.event, "reason": self.reason}
        desk.draft(account).add(EntryAnnulled, event, **fields, note=note)
        for twin in beside:
            if twin.stream != account.id and _same(entry.body, twin.body):
                person = desk.in_full(desk.look(DataSubject, twin.stream))
                fields = {"entry": twin.event, "reason": self.reason}
                desk.draft(person).add(EntryAnnulled, new_id(), **fields, note=None)


def _same(one: events.Event, other: events.Event) -> bool:
    """Whether both say the same of the same account, and of the same member if of one."""
    return (
        isinstance(one, SHARED)
        and isinstance(other, SHARED)
        and type(one) is type(other)
        and one.account == other.account
        and getattr(one, "subject", None) == getattr(other, "subject", None)
    )


class _Wish(NamedTuple):
    """What a fact that stands wants held, and whether it wants it anew, or otherwise than before."""

    fact: Fact
    want: Wanted
    anew: bool


class _Mending:
    """Puts the members' claims right after a fact of their account was annulled."""

    def __init__(
        self,
        desk: Desk,
        account: Account,
        entry: Entry,
        before: Facts,
        beside: Collection[Entry],
    ) -> None:
        self._desk = desk
        self._account = account
        self._of = entry.body.subject if isinstance(entry.body, events.MemberJoined) else None
        now = account.said()
        self._gone = before.keys() - now.keys()
        self._standing = {id_ for _, id_ in now}
        self._placed = {e.body.claim for e in beside if isinstance(e.body, events.ClaimPlaced)}
        over, counting = list(account.over()), desk.policies_counting()[:-1]
        self._wishes = [
            _Wish(fact, want, before.get((fact.kind, fact.id)) != fact)
            for fact in now.values()
            for want in retaining.wanted(desk.policy, account.kind, fact, desk.today, counting)
            if not is_over(desk, want, fact, over)
        ]
        self.freed = self._set_free(beside)
        """Whose claims the fact had released: what each was about, and its rule."""

    def _set_free(self, beside: Iterable[Entry]) -> dict[UUID, set[tuple[UUID | None, str | None]]]:
        found: dict[UUID, set[tuple[UUID | None, str | None]]] = {}
        for entry in beside:
            if isinstance(entry.body, events.ClaimReleased):
                person = self._desk.in_full(self._desk.look(DataSubject, entry.stream))
                body = _placed(person, entry.body.claim)
                if body.account == self._account.id:
                    found.setdefault(person.id, set()).add((body.matter, body.rule))
        return found

    # ---- one of them ------------------------------------------------------------------------

    def mend(self, one: UUID) -> None:
        """Draft what is kept of this person anew, then what is set free: else keys die in between."""
        desk, account = self._desk, self._account
        subject = with_all_holders(desk, desk.look(DataSubject, one))
        held = [claim for claim in subject.claims.values() if claim.account == account.id]
        roles = account.roles_said(one) if one == self._of else frozenset[str]()
        going = {claim.claim for claim in held if self._ends(one, claim, roles)}
        for wish in self._wishes:
            mine = [c for c in held if (c.matter, c.rule) == (wish.fact.id, wish.want.rule)]
            if mine and not wish.anew:
                continue
            if any(set(claim.covers) == set(wish.want.covers) for claim in mine):
                continue
            if mine or self._wanted(subject, wish):
                going |= {claim.claim for claim in mine}
                if retaining.needed(wish.want, subject.erased, subject.living):
                    of = OfFact(account.id, wish.fact.id, wish.want.rule)
                    place(desk, subject, *wish.want[1:4], fact=of)
        if going:
            release(desk, subject, going)

    def _wanted(self, subject: DataSubject, wish: _Wish) -> bool:
        """Whether the annulled fact had set this free, or hid what concerns the person now."""
        rules = self._desk.policy.retention_rules
        for matter, rule in self.freed.get(subject.id, ()):
            if matter == wish.fact.id and (rule == wish.want.rule or rule not in rules):
                return True
        member = self._account.members.get(subject.id)
        roles = member.roles if member is not None else ()
        if member is None and subject.id not in wish.fact.members:
            return False
        return wish.anew and wish.want.concerns(wish.fact, subject.id, roles)

    def _ends(self, one: UUID, claim: Claim, roles: Collection[str]) -> bool:
        """Whether a claim rested on what was annulled: on the fact, or on membership in a role."""
        if claim.claim in self._placed:
            return True
        rule = self._desk.policy.retention_rules.get(claim.rule or "")
        if rule is None:
            return claim.matter not in self._standing
        if (rule.trigger, claim.matter) in self._gone:
            return True
        return one == self._of and not (roles if not rule.roles else set(rule.roles) & set(roles))


def _placed(person: DataSubject, claim: UUID) -> events.ClaimPlaced:
    """How a claim was placed that was released."""
    bodies = (entry.body for entry in person.history or ())
    placed = (body for body in bodies if isinstance(body, events.ClaimPlaced))
    return next(body for body in placed if body.claim == claim)
