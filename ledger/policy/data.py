"""The policy's sections on data: attributes, the classes they end in, and where they come from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ledger.policy.forms import Distinct, Id, Label, LookupKind, Period
from ledger.policy.part import Model, Refers

ClassRole = Literal["ordinary", "evidence", "request"]
ScopeKind = Literal["none", "year", "month", "document", "case"]
AttributeType = Literal[
    "text", "email", "telephone", "date", "country", "choice", "url", "reference", "amount"
]
IdentifierKind = Literal[
    "card-number", "track-data", "security-code", "iban", "bank-account", "upi-id"
]
"""What the identifier guard finds (`ledger/policy/identifiers.py`)."""


class Keeps(Model):
    """What an erasure leaves of a class: on which ground, and for how long after it."""

    ground: Annotated[Id, Refers("retention_grounds")]
    period: Period


class Ends(Model):
    """When values of a class end by themselves: a period after they came, after their scope's own
    period (month, year) is over, or after the account they belong to was closed."""

    after: Period
    of: Literal["birth", "scope-end", "account-closed"] = "birth"


class RetentionClass(Model):
    """Values that end together. The scope is what ends on its own inside the class."""

    label: Label
    role: ClassRole = "ordinary"
    scope: ScopeKind = "none"
    identifies: bool = False
    retention: Label
    keeps: Keeps | None = None
    ends: Ends | None = None
    communications: bool = False
    """Whether it holds contents of communications, which staff open for a purpose that uses them, or
    on a ground with its reference (P18)."""
    instructed: bool = False
    """Whether it is a customer's content: kept as that customer instructs, in the account's stream,
    the company being processor only (P02)."""


class Attribute(Model):
    """One kind of value: its form, the class it belongs to, and how it can be looked up."""

    label: Label
    class_: Annotated[Id, Refers("classes")] = Field(alias="class")
    type: AttributeType
    choices: Distinct[Label] = ()
    max_length: int = Field(default=200, ge=1, le=100_000)
    lookup: LookupKind | None = None
    exclusive: bool = False
    special: bool = False


class Source(Model):
    """Where data comes from; a collection from it needs a notice, or comes from a third party.

    `volunteered`: the person said it unasked, so it permits the company's internal purposes (P06).
    `followed`: it tells which links of a message were followed; the message is named (P10).
    """

    label: Label
    third_party: bool
    notice_required: bool
    volunteered: bool = False
    followed: bool = False


class Identifiers(Model):
    """Numbers of cards and accounts that are never stored (P08): the kinds that are refused, and
    attributes that only look like one and are exempt."""

    refuse: Distinct[IdentifierKind] = (
        "card-number", "track-data", "security-code", "iban", "bank-account", "upi-id",
    )  # fmt: skip
    exempt: Annotated[Distinct[Id], Refers("attributes")] = ()
