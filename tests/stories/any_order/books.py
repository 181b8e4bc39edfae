"""Random acts on accounts: members, documents, credits, cases, holds and contents."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from ledger.commands.accounting import Membership
from tests.stories.any_order import ends, facts
from tests.stories.any_order.data import NOTHING, chance, one, someone, value
from tests.stories.any_order.facts import Account, Fact
from tests.stories.any_order.game import Game
from tests.stories.any_order.person import Person

CREDIT = ("credit-opened", "credit-settled", "credit-settled")
PAPERS = ("quote-issued", "invoice-issued", "licence-generated")
OPENS = ("credit-opened", "case-opened", "hold-placed")
ENDS = {
    "credit-settled": "credit-opened",
    "case-closed": "case-opened",
    "hold-released": "hold-placed",
}


def _roles(g: Game) -> tuple[str, ...]:
    return tuple(sorted({one(g, g.policy.member_roles, 0.02) for _ in range(g.rng.randint(1, 2))}))


def _joining(g: Game, person: Person, roles: tuple[str, ...]) -> set[str]:
    found = {"subject-erased"} if person.erased else set()
    return found | (set() if set(roles) <= set(g.policy.member_roles) else {"role-unlisted"})


def account_of(g: Game) -> Account | None:
    """Mostly one of the newest."""
    known = list(g.accounts.values())
    return g.rng.choice(known[-3:] if chance(g, 0.8) else known) if known else None


def open_account(g: Game) -> None:
    """With up to two members."""
    kind = g.rng.choice(("person", "organisation"))
    people = g.rng.sample(list(g.people.values()), min(g.rng.randint(0, 2), len(g.people)))
    roles = {person.id: _roles(g) for person in people}
    expected = set().union(*(_joining(g, p, roles[p.id]) for p in people)) if people else set()
    members = tuple(Membership(subject=p.id, roles=roles[p.id]) for p in people)
    name = "Xylophontaler AG" if kind == "organisation" else None
    done = g.do("open_account", kind=kind, members=members, name=name)
    assert done.rules == expected, ("open", done, expected)
    if done.recorded and done.answer is not None:
        account = Account(done.answer.ids["account"], kind, g.today)
        g.accounts[account.id] = account
        for person in people:
            _join(g, account, person, roles[person.id], g.today)


def _join(g: Game, account: Account, person: Person, roles: tuple[str, ...], day: dt.date) -> None:
    account.members[person.id] = roles
    account.former = [one for one in account.former if one != person.id]
    person.accounts.add(account.id)
    joined = Fact("member-joined", person.id, day, [(person.id, day)])
    for fact in (joined, *facts.standing(account)):
        facts.place(g.policy, account, fact, g.people, [person.id], g.today)


def join(g: Game) -> None:
    """What the account's open facts keep of members is kept of this one, too."""
    account, person, roles = account_of(g), someone(g), _roles(g)
    if account is None:
        return
    expected = _joining(g, person, roles) | ({"account-closed"} if account.closed else set())
    done = g.do("join_account", account=account.id, subject=person.id, roles=roles)
    assert done.rules == expected, ("join", done, expected)
    if done.recorded:
        _join(g, account, person, roles, g.today)


def leave(g: Game) -> None:
    """What an open fact keeps of a member stays until that ends."""
    account = account_of(g)
    if account is None or not account.members:
        return
    person = g.people[g.rng.choice(list(account.members))]
    done = g.do("leave_account", account=account.id, subject=person.id)
    assert done.recorded, done
    fact = Fact("member-left", person.id, g.today, [(person.id, g.today)])
    facts.place(g.policy, account, fact, g.people, [person.id], g.today)
    del account.members[person.id]
    account.former.append(person.id)
    _left(person, account, g.today)
    _set_free(g, account, fact, [person.id])


def _left(person: Person, account: Account, day: dt.date) -> None:
    person.accounts.discard(account.id)
    person.left = max(day, person.left or day)


def close(g: Game) -> None:
    """Retention looks at the day; what is open stays open."""
    account = account_of(g)
    if account is None or not chance(g, 0.4):
        return
    done = g.do("close_account", account=account.id)
    if account.closed is not None:
        assert done.answer is not None and done.answer.outcome == "unchanged"
        return
    assert done.recorded
    account.closed = g.today
    for member in account.members:
        _left(g.people[member], account, g.today)
    fact = Fact("account-closed", account.id, g.today, [(account.id, g.today)])
    facts.place(g.policy, account, fact, g.people, list(account.members), g.today)
    _set_free(g, account, fact, [*account.members, *account.former])


def _set_free(g: Game, account: Account, fact: Fact, people: list[UUID]) -> None:
    for name in people:
        person = g.people[name]
        free = facts.released(g.policy, account, fact, person)
        for hold in free:
            del person.holds[hold]
        if free:
            g.foretold |= ends.complete(g.policy, person, g.today, g.orders)


def fact(g: Game) -> None:
    """Told; what it keeps is kept before what it ends is free."""
    account = account_of(g)
    if account is None:
        return
    kind = g.rng.choice((*PAPERS, *OPENS, *ENDS, "licence-paid", *CREDIT))
    said, about, expected = _said(g, account, kind)
    if said is None:
        return
    day = g.today - dt.timedelta(days=g.rng.choice((0, 0, 300)))
    done = g.do("record_fact", account=account.id, fact=kind, day=day, **said)
    if kind == "licence-paid" and about in account.paid:
        assert done.answer is not None and done.answer.outcome == "unchanged"
        return
    closed = kind in (*PAPERS, "credit-opened") and account.closed and day > account.closed
    expected |= {"account-closed"} if closed else set()
    assert done.recorded and done.rules == expected, ("fact", kind, done, expected)
    assert done.answer is not None
    _happened(g, account, kind, done.answer.ids["about"], day, said)


def _said(
    g: Game, account: Account, kind: str
) -> tuple[dict[str, Any] | None, UUID | None, set[str]]:
    """What is said of a fact; what it is about; what that breaks."""
    said: dict[str, Any] = {}
    if kind in PAPERS:
        papers = list(account.papers)
        if papers and kind != "quote-issued" and chance(g, 0.8):
            said["refers"] = (g.rng.choice(papers),)
        return said | {"number": f"Xylophontaler {next(g.numbers)}"}, None, set()
    if kind in OPENS:
        expected = set[str]()
        if kind != "credit-opened":
            said["matter"] = one(g, g.policy.matters, 0.05)
            expected |= {"matter-unlisted"} if said["matter"] == NOTHING else set()
        everybody = [*account.members, *account.former]
        if everybody and chance(g, 0.4):
            said["members"] = (g.rng.choice(everybody),)
        return said, None, expected
    if kind == "licence-paid":
        known = [id_ for id_, paper in account.papers.items() if paper[0] == "licence-generated"]
    else:
        known = [id_ for id_, matter in account.matters.items() if matter[0] == ENDS[kind]]
    if not known:
        return None, None, set()
    about = g.rng.choice(known)
    return {"about": about}, about, set()


def _happened(
    g: Game, account: Account, kind: str, id_: UUID, day: dt.date, said: dict[str, Any]
) -> None:
    about, matter, members = [(id_, day)], None, tuple[UUID, ...]()
    everybody = [*account.members, *account.former]
    if kind in PAPERS:
        account.papers[id_] = (kind, day, said.get("refers", ()))
        about = account.chain(id_)
    elif kind == "licence-paid":
        account.paid[id_] = day
        about = account.paid_for(id_)
    elif kind in OPENS:
        matter = said.get("matter") if said.get("matter") in g.policy.matters else None
        members = said.get("members", ())
        account.matters[id_] = (kind, day, matter, members)
    else:
        _, opened, matter, members = account.matters.pop(id_)
        about = [(id_, opened)]
    happened = Fact(kind, id_, day, about, matter, members)
    held = everybody if members else list(account.members)
    facts.place(g.policy, account, happened, g.people, held, g.today)
    if kind == "invoice-issued" and said.get("refers"):
        facts.extend(g.policy, account, id_, g.people, g.today)
    _set_free(g, account, happened, everybody)
    if kind == "case-closed":
        _end_case(g, id_, everybody)


def _end_case(g: Game, case: UUID, people: list[UUID]) -> None:
    """The copies go with the case, but for what is claimed by another or restricted (Art. 18)."""
    for name in people:
        person = g.people[name]
        for slot in [s for s in person.keys if s[1] == case.hex and s in person.carried]:
            restricted = [
                classes
                for why, classes in person.restrictions.values()
                if why != "log-keeping" and (not classes or slot[0] in classes)
            ]
            if not person.claims(slot, g.today) and not restricted:
                erasures = {e for p, e in g.orders if p == person.id} - set(person.erasures)
                g.foretold |= ends.die(person, [slot])
                ends.end_logs(g.policy, person)
                for erasure in erasures:
                    orders = dict.fromkeys(g.orders[person.id, erasure])
                    person.erasures[erasure] = ends.Asked(set(), True, not orders, orders)


def carry(g: Game) -> None:
    """Named values are carried into an open case; the originals end as before (P23)."""
    account = account_of(g)
    cases = [c for c, m in account.matters.items() if m[0] == "case-opened"] if account else []
    if account is None or not cases:
        return
    case = g.rng.choice(cases)
    person = someone(g)
    standing = person.standing()
    if not standing:
        return
    names = tuple(dict.fromkeys(v.attribute for v in g.rng.sample(standing, min(2, len(standing)))))
    before = set(person.keys)
    done = g.do(
        "carry_into_case", account=account.id, case=case, subject=person.id, attributes=names
    )
    assert done.error is None or done.error == "Conflict", done
    if done.recorded:
        _, day, matter, members = account.matters[case]
        opened = Fact("case-opened", case, day, [(case, day)], matter, members)
        facts.place(g.policy, account, opened, g.people, [person.id], g.today)
        assert not before - set(person.keys)
        person.carried |= {slot for slot in person.keys if slot[1] == case.hex}


def content(g: Game) -> None:
    """What customers store is the customer's, and goes when the customer says so (P02)."""
    account = account_of(g)
    if account is None or account.closed:
        return
    names = [n for n, a in g.policy.attributes.items() if g.policy.classes[a.class_].instructed]
    services = [n for n, one in g.policy.services.items() if one.covered]
    if not (names and services):
        return
    name, service = names[0], services[0]
    said = {"account": account.id, "service": service, "country": next(iter(g.policy.countries))}
    stored = g.do("store_content", attribute=name, value=value(g, name).value, **said)
    assert stored.recorded and stored.answer is not None, stored
    here = {"account": account.id, "content": stored.answer.ids["content"]}
    if chance(g, 0.5):
        assert g.do("remove_content", **here).recorded
        assert g.do("remove_content", **here).error == "NotFound"


ACTS = {open_account: 4, join: 3, leave: 2, close: 2, fact: 12, carry: 3, content: 1}
