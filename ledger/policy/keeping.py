"""The policy's sections on keeping and ending: grounds to keep, the facts that start and end them,
and how a sweep erases what is due."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ledger.events import AccountKind, FactKind
from ledger.policy.forms import Decimal, Distinct, Id, Iri, Label, Period, Some, SomeIds
from ledger.policy.part import Model, Refers


class RetentionGround(Model):
    """Why data may be kept after an erasure was asked for, what for, how long, and who decides."""

    label: Label
    law: Annotated[Id | None, Refers("laws")] = None
    purposes: Annotated[SomeIds, Refers("purposes")]
    classes: Annotated[SomeIds, Refers("classes")]
    period: Period | None = None
    review: Period | None = None
    decided_by: Annotated[Id, Refers("roles")]
    justification: Iri
    assessment: Label | None = None


class RetentionRule(Model):
    """A fact of an account that makes a claim on just the keys it needs, of just the members
    concerned (P22, P24), until another fact ends it or a period is over.

    `trigger` places the claim; for a case or a hold, `kind` says which. `released_by` ends it.
    `ground` is the retention ground, `classes` what is held. `scope`: of the document (or credit,
    case, hold) the fact is about and of what it refers to, of the account's period the fact falls
    in, or everything. `roles`: the members concerned, none named: all. `accounts`: of which kinds.
    `keep`: a period from the fact, or from the end of the policy's year it falls in; none: until
    released, or as long as the ground's own period or review allows.
    """

    trigger: FactKind
    kind: Annotated[Id | None, Refers("matters")] = None
    released_by: FactKind | None = None
    ground: Annotated[Id, Refers("retention_grounds")]
    classes: Annotated[SomeIds, Refers("classes")]
    scope: Literal["document", "period", "all"] = "all"
    roles: Annotated[Distinct[Id], Refers("member_roles")] = ()
    accounts: Some[AccountKind] = ("person", "organisation")
    keep: Period | None = None
    counted_from: Literal["fact", "year-end"] = "fact"


class Irregularities(Model):
    """Who looks at what was reported as done and broke a rule, and within how many days."""

    owner: Annotated[Id, Refers("roles")]
    days: int = Field(ge=1, le=366)


class Sweep(Model):
    """How what is due is erased without being asked, and what holds the sweep back.

    It lets nothing die within `wait_hours` of its scheduling; stops where more than `keys` keys a
    day and more than `share` of all living keys would die; trusts clocks that agree within
    `clock_seconds`; and lets a shortened period count only `shortening_days` after its publication.
    """

    wait_hours: int = Field(default=24, ge=24, le=24 * 60)
    keys: int = Field(default=100, ge=1, le=1_000_000)
    share: Decimal = "0.001"
    clock_seconds: int = Field(default=60, ge=1, le=60)
    shortening_days: int = Field(default=7, ge=7, le=366)
