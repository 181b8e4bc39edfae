"""What holders outside are told when something becomes of a person's data here (GDPR Art. 19).

An erasure, a restriction and its end concern whoever has, or reaches, what it is about. A correction
concerns those who were given the attribute: who reaches it at any time reaches the new value. The
end of a consent concerns those who were given data for that purpose.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from ledger.desk import Desk
from ledger.events import Order, SlotName
from ledger.facts import Holder
from ledger.ids import new_id
from ledger.policy.plan import Holding, orders
from ledger.recipient import Recipient
from ledger.subject import DataSubject


def to_erase(
    desk: Desk, subject: DataSubject, dying: Collection[SlotName], *, whole: bool
) -> tuple[Order, ...]:
    """To everybody who has or reaches any of these slots. `whole`: it is about all of the person."""
    if not dying:
        return ()
    holdings = [
        Holding(recipient, disclosure, *_held(desk, subject, what, dying if whole else ()))
        for recipient, disclosure, what in subject.holders
    ]
    for recipient in desk.recipients():
        holdings.append(Holding(recipient.id, None, frozenset(recipient.standing), frozenset()))
    return orders(dying, holdings, iter(new_id, None))


def to_restrict(desk: Desk, subject: DataSubject, classes: Collection[str]) -> tuple[Order, ...]:
    """To everybody who has or reaches any of these classes (none named: anything), to restrict it, or
    that it is restricted no more."""
    names = [name for name in subject.living if not classes or name.class_ in classes]
    return to_erase(desk, subject, names, whole=not classes)


def to_correct(
    desk: Desk, subject: DataSubject, corrected: Iterable[tuple[str, SlotName]]
) -> tuple[Order, ...]:
    """To everybody who was given these attributes, whose values lie in these slots."""
    slots = dict(corrected)
    holdings = [
        Holding(recipient, disclosure, frozenset(), frozenset(slots[name] for name in shared))
        for recipient, disclosure, what in subject.holders
        if (shared := slots.keys() & {*what.got})
    ]
    return orders(list(slots.values()), holdings, iter(new_id, None)) if holdings else ()


def to_use_no_more(desk: Desk, subject: DataSubject, purpose: str) -> tuple[Order, ...]:
    """To everybody who was given data for this purpose, if the person had agreed to it until now."""
    listed = desk.policy.purposes.get(purpose)
    if listed is None or subject.consents(purpose) is not True:
        return ()
    names = [name for name in subject.living if name.class_ in listed.classes]
    holdings = [
        Holding(recipient, disclosure, *_held(desk, subject, what, ()))
        for recipient, disclosure, what in subject.holders
        if purpose in what.purposes
    ]
    return orders(names, holdings, iter(new_id, None)) if holdings else ()


def late_orders(
    desk: Desk,
    subject: DataSubject,
    recipient: Recipient | None,
    disclosure: UUID,
    attributes: Sequence[str],
) -> tuple[Order, ...]:
    """Orders for what the recipient got of classes that were erased here already.

    What is not listed counts to its class here. Of an erased person nothing at all may stay there,
    also of classes that never were here; otherwise only what was here was ever asked to go.
    """
    if not subject.anything_erased:
        return ()
    policy = desk.policy
    listed = {policy.attributes[a].class_ for a in attributes if a in policy.attributes}
    aside = set() if all(a in policy.attributes for a in attributes) else {policy.unlisted_class}
    gone = (listed | aside) - {name.class_ for name in subject.living}
    dead = gone if subject.erased else gone & {name.class_ for name in subject.slots}
    names = [SlotName(name, "") for name in dead]
    holder = recipient.id if recipient else None
    return orders(
        names, [Holding(holder, disclosure, frozenset(dead), frozenset())], iter(new_id, None)
    )


def _held(
    desk: Desk, subject: DataSubject, what: Holder, everything: Collection[SlotName]
) -> tuple[frozenset[str], frozenset[SlotName]]:
    """What a holder may have: whole classes where the value was not known, and these slots.

    Who got more than has a name here is told of `everything` that is concerned.
    """
    listed = desk.policy.attributes
    classes = {listed[name].class_ for name in what.attributes if name in listed}
    if what.unlisted:
        classes |= {name.class_ for name in everything}
    slots = (subject.slot_of(kid) for kid in what.kids)
    return frozenset(classes), frozenset(name for name in slots if name is not None)


def order_of(
    desk: Desk, subject: DataSubject, order: UUID
) -> tuple[DataSubject, UUID | None, bool]:
    """(the person, the erasure that an order belongs to if it does, whether it is one of this person);
    an answered one is looked up in full."""
    erasure = subject.erasure_of(order)
    known = erasure is not None or subject.knows_order(order)
    if not known and subject.kept.left_orders:
        subject = desk.in_full(subject)
        erasure = subject.erasure_of(order)
        known = erasure is not None or subject.knows_order(order)
    return subject, erasure, known
