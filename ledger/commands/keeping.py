"""What facts of accounts become: claims on keys of the members concerned, and the end of claims.

Drafted with the fact, in the same append. The rules are the policy's (`ledger/policy/retaining.py`);
claims are placed and released as by hand (`claiming.py`), so settling what held an erasure up
carries it on at once. What a fact keeps is placed before what it sets free is released, or keys
would die in between. Who drafts in a member's stream before looks at them with all holders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from ledger.account import Account
from ledger.commands.carrying_out import erase_due, with_all_holders
from ledger.commands.claiming import OfFact, place, release
from ledger.desk import Desk
from ledger.ids import new_id
from ledger.policy import retaining
from ledger.policy.lapsed import restricted
from ledger.policy.retaining import Fact, Wanted
from ledger.subject import DataSubject


def keep(
    desk: Desk,
    account: Account,
    fact: Fact,
    members: Iterable[UUID],
    over: Iterable[Fact] = (),
) -> None:
    """Draft the claims that a fact places on these members, as far as it concerns them.

    `over`: what happened since, which a fact of before may have been ended by.
    """
    counting = desk.policies_counting()[:-1]
    wants = [
        want
        for want in retaining.wanted(desk.policy, account.kind, fact, desk.today, counting)
        if not is_over(desk, want, fact, over)
    ]
    concerned = [
        (member, [want for want in wants if want.concerns(fact, member, _roles(account, member))])
        for member in members
    ]
    desk.preload(DataSubject, [member for member, their in concerned if their])
    for member, their in concerned:
        for want in their:
            subject = with_all_holders(desk, desk.look(DataSubject, member))
            _keep(desk, account, fact, subject, want)


def extend(desk: Desk, account: Account, fact: Fact, people: Iterable[UUID]) -> None:
    """Draft what a fact keeps more than it did, of whom it keeps something: a document that it rests
    on, and that was annulled, is told again."""
    counting = desk.policies_counting()[:-1]
    wants = retaining.wanted(desk.policy, account.kind, fact, desk.today, counting)
    for one in people:
        subject = desk.look(DataSubject, one)
        for want in wants:
            of = OfFact(account.id, fact.id, want.rule)
            held = [c for c in subject.claims.values() if (c.account, c.matter, c.rule) == of]
            covered = {cover for claim in held for cover in claim.covers}
            more = want._replace(covers=tuple(c for c in want.covers if c not in covered))
            if held and more.covers and retaining.needed(more, subject.erased, subject.living):
                subject = with_all_holders(desk, subject)
                place(desk, subject, more.ground, more.covers, more.until, fact=of)


def set_free(desk: Desk, account: Account, fact: Fact, people: Sequence[UUID]) -> None:
    """Draft the end of the claims that a fact ends, of these members and former ones, and carry on
    with the erasures that waited for them."""
    desk.preload(DataSubject, people)
    for one in people:
        subject = desk.look(DataSubject, one)
        claims = retaining.ended(desk.policy, account.id, subject.claims.values(), fact)
        if claims:
            subject = with_all_holders(desk, subject)
            release(desk, subject, [claim.claim for claim in claims])


def end_case(desk: Desk, case: UUID, people: Iterable[UUID]) -> None:
    """Draft the end of what was carried into a case, now that it is closed."""
    for one in people:
        end_carried(desk, one, case)


def end_carried(desk: Desk, one: UUID, case: UUID | None = None) -> None:
    """Draft the end of what was carried into this case (or into any) of a person, as far as no claim
    holds it: for nothing else it was kept (P23). What is restricted is stored until the restriction
    is lifted (GDPR Art. 18(2)), which ends it then."""
    subject = desk.look(DataSubject, one)
    slots = {subject.slot_of(copy.kid) for copy in subject.carried}
    ending = [
        name
        for name in slots
        if name is not None
        and (case is None or name.scope == case.hex)
        and not restricted(subject, name.class_)
        and not subject.claims_on(name, desk.today)
    ]
    if ending:
        erase_due(desk, with_all_holders(desk, subject), new_id(), ending)


def is_over(desk: Desk, want: Wanted, fact: Fact, over: Iterable[Fact]) -> bool:
    """Whether what a fact wants held was ended by something that happened since."""
    rule = desk.policy.retention_rules[want.rule]
    return any(
        rule.released_by == later.kind and fact.id in {one.id for one in later.documents}
        for later in over
    )


def _keep(desk: Desk, account: Account, fact: Fact, subject: DataSubject, want: Wanted) -> None:
    of = OfFact(account.id, fact.id, want.rule)
    held = subject.claims.values()
    if any((claim.account, claim.matter, claim.rule) == of for claim in held):
        return  # in another role, before
    if retaining.needed(want, subject.erased, subject.living):
        place(desk, subject, want.ground, want.covers, want.until, fact=of)


def _roles(account: Account, member: UUID) -> tuple[str, ...]:
    known = account.members.get(member)
    return known.roles if known is not None else ()
