"""What an access report says of accounts: which the person is in, which values lie in their cases,
and which requests were passed on to a customer whose content it is."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from api.opening import Envelopes
from api.schemas import Labels
from projections import accounts, cases, contents
from projections.accounts import Membership
from projections.cases import CaseValue
from projections.contents import PassedOn
from projections.queries import Tables


class OfAccounts(NamedTuple):
    """The rows, and where the values of the cases stand among what is opened for the report."""

    memberships: list[Membership]
    carried: list[tuple[CaseValue, int | None]]
    passed_on: list[tuple[PassedOn, int | None]]


def gather(tables: Tables, subject: UUID, envelopes: Envelopes) -> OfAccounts:
    """Everything about a person that accounts say; sealed values are put with the report's others."""
    return OfAccounts(
        memberships=accounts.memberships_of(tables, subject),
        carried=[
            (row, envelopes.put(subject, row.event, row.field, row.value))
            for row in cases.of_subject(tables, subject)
        ],
        passed_on=[
            (row, envelopes.put(subject, row.event, "@note", row.note))
            for row in contents.requests_of(tables, subject)
        ],
    )


def written(found: OfAccounts, envelopes: Envelopes, labels: Labels) -> dict[str, Any]:
    """These parts of the report, from rows and opened values alone."""
    return {
        "accounts": [_membership(row, labels) for row in found.memberships],
        "in_cases": [
            {
                "attribute": row.attribute,
                "label": labels.label("attributes", row.attribute),
                **_value("value", envelopes, number),
                "class": labels.label("classes", row.retention_class),
                "carried_at": row.occurred_at.isoformat(),
            }
            for row, number in found.carried
        ],
        "passed_on": [
            {
                "request": row.request,
                "account": str(row.account),
                "channel": labels.label("channels", row.channel),
                **_value("note", envelopes, number),
                "at": row.occurred_at.isoformat(),
            }
            for row, number in found.passed_on
        ],
    }


def _membership(row: Membership, labels: Labels) -> dict[str, Any]:
    return {
        "account": str(row.account),
        "step": row.step,
        "roles": [labels.label("member_roles", role) for role in row.roles],
        "day": row.day.isoformat(),
        "annulled": row.annulled_position is not None,
    }


def _value(name: str, envelopes: Envelopes, number: int | None) -> dict[str, Any]:
    """`{name: …}`, with `erased` beside it once the key is destroyed."""
    value, erased = envelopes.content(number)
    if erased is None:
        return {name: value}
    return {name: None, "erased": {"position": erased.position, "at": erased.at.isoformat()}}
