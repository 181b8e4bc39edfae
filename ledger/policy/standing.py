"""The pure decision on standing access: may a recipient reach these classes at any time (P16, P17)?

The rules and their order are those of a disclosure (`passing.py`), but for what depends on a person,
a value or a paper: whoever reaches a class reaches every attribute of it, of everybody. So it is for
recipients that the document marks, and where a ground lets their kind have data for nothing more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import NamedTuple

from ledger.events import Finding
from ledger.policy.decisions import Findings
from ledger.policy.listed import unusable
from ledger.policy.model import PolicyDocument
from ledger.policy.parties import Recipient
from ledger.policy.passing import Outsider, agreed
from ledger.policy.ways import Passing, barred, control, controlled_on, serving


class Reach(NamedTuple):
    """A standing access: what for, which classes, and where it is reached from."""

    purpose: str
    classes: tuple[str, ...]
    country: str


def standing_access(
    policy: PolicyDocument, recipient: str, reach: Reach, outsider: Outsider, today: dt.date
) -> Findings:
    """What this standing access would break today; `recipient` is its code on the register.

    What may never be passed on comes first (P16), and nothing makes up for it.
    """
    listed = policy.recipients.get(recipient)
    required = listed is not None and listed.agreement_required
    passing = Passing(recipient, reach.purpose, "", reach.country, None, False, ())
    found = [
        *barred(policy, recipient, reach.purpose),
        *agreed(recipient if listed else None, required, outsider, today),
        *serving(policy, passing),
    ]
    if listed is not None:
        found += _marked(policy, recipient, listed, today)
    if reach.country not in policy.countries:
        found.append(Finding("country-unlisted"))
    unused = unusable(policy, reach.purpose)
    if unused is not None:
        found.append(unused)
    for class_ in reach.classes:
        found += _class(policy, listed, reach.purpose, class_)
    return tuple(dict.fromkeys(found))


def _marked(
    policy: PolicyDocument, code: str, listed: Recipient, today: dt.date
) -> Iterator[Finding]:
    """Whether the document lets it reach data at any time: it says so of the recipient, and data
    need not leave the company for it, or leaves on a ground that asks for nothing else (P15)."""
    grounds = [
        one
        for one in policy.disclosure_grounds.values()
        if listed.kind in one.kinds and one.asks_for_nothing and not one.stages
    ]
    if not listed.standing or not (grounds or listed.kind == "own-system"):
        yield Finding("standing-not-for-recipient", code)
    if not controlled_on(control(policy, listed, None), today):
        yield Finding("affiliate-not-controlled", code)


def _class(
    policy: PolicyDocument, recipient: Recipient | None, purpose: str, class_: str
) -> Iterator[Finding]:
    """What is wrong with reaching all of this class."""
    if class_ not in policy.classes:
        yield Finding("class-unlisted")
        return
    used = policy.purposes.get(purpose)
    if used is not None and class_ not in used.classes:
        yield Finding("attribute-not-for-purpose", class_)
    if recipient is None:
        return
    for attribute, listed in policy.attributes.items():
        if listed.class_ == class_ and attribute not in recipient.attributes:
            yield Finding("attribute-not-for-recipient", attribute)
