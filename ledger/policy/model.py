"""The policy document: what may be written in it, and its own small questions.

Everything an organisation decides is here and nowhere in the code: purposes, classes, recipients,
grounds, countries, periods. Ids are the keys of the sections. `Refers` says which section an id
must be found in; `ledger/policy/consistency.py` looks there and finds contradictions.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from ledger.errors import InvalidInput
from ledger.policy import periods
from ledger.policy.forms import (
    Address,
    AttributeId,
    Date,
    Distinct,
    Id,
    Iri,
    Label,
    Language,
    LookupKind,
    Period,
    SomeIds,
    Text,
)

Basis = Literal["consent", "contract", "legal-obligation", "legitimate-interest"]
ClassRole = Literal["ordinary", "evidence", "request"]
ScopeKind = Literal["none", "year", "month", "document", "case"]
DeletionMode = Literal["automatic", "reviewed"]
AttributeType = Literal[
    "text", "email", "telephone", "date", "country", "choice", "url", "reference", "amount"
]
RecipientKind = Literal[
    "own-system", "affiliate", "processor", "independent-controller", "agent", "authority",
    "successor",
]  # fmt: skip


class Refers(NamedTuple):
    """An annotation: the id, or each id of the list, is a key of this section of the document."""

    section: str


class Model(BaseModel):
    """A part of the document: unknown keys are refused, nothing is guessed, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Heading(Model):
    """What the document is: its label (permanent, one per version), title, and first day."""

    label: Id
    title: Label
    effective: Date
    language: Language
    year_starts: int = Field(default=1, ge=1, le=12)
    """The month in which a year of scope `year` begins: 4 where the books run from April."""


class Controller(Model):
    """A legal entity that decides; one of them is the primary one."""

    name: Label
    primary: bool = False


class Service(Model):
    """A site, product or service; one that is not covered has a statement of its own."""

    label: Label
    covered: bool = True
    deletion: DeletionMode


class Named(Model):
    """Something that needs no more than a name: a law, a role, a function, a channel …"""

    label: Label


class Country(Model):
    """Where data may be stored or go, and the safeguard for it; none where none is needed."""

    name: Label
    safeguard: Annotated[Id | None, Refers("safeguards")] = None


class Reason(Model):
    """A coded reason (to open, to annul, to release), and the purpose it serves if it does."""

    label: Label
    purpose: Annotated[Id | None, Refers("purposes")] = None


class Keeps(Model):
    """What an erasure leaves of a class: on which ground, and for how long after it."""

    ground: Annotated[Id, Refers("retention_grounds")]
    period: Period


class RetentionClass(Model):
    """Values that end together. The scope is what ends on its own inside the class."""

    label: Label
    role: ClassRole = "ordinary"
    scope: ScopeKind = "none"
    identifies: bool = False
    retention: Label
    keeps: Keeps | None = None


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
    """Where data comes from; a collection from it needs a notice, or comes from a third party."""

    label: Label
    third_party: bool
    notice_required: bool


class Purpose(Model):
    """What data is used for, on which legal basis, and whether a person may switch it off."""

    label: Label
    basis: Basis
    iri: Iri
    required: bool
    default: Literal["on", "off"]
    classes: Annotated[SomeIds, Refers("classes")]
    assessment: Label | None = None


class Notice(Model):
    """A text that people are shown, in its languages, and the purposes it tells them of."""

    purposes: Annotated[SomeIds, Refers("purposes")]
    texts: Mapping[Language, Text] = Field(min_length=1)

    def digest(self, language: str) -> bytes:
        """SHA-256 of the published text, UTF-8.

        Raises:
            KeyError: the notice has no text in this language.
        """
        return self._digests[language]

    @cached_property
    def _digests(self) -> Mapping[str, bytes]:
        return {lang: hashlib.sha256(text.encode()).digest() for lang, text in self.texts.items()}


class Recipient(Model):
    """Whoever may receive data: for which purposes, which attributes, and in which countries."""

    name: Label
    kind: RecipientKind
    purposes: Annotated[SomeIds, Refers("purposes")]
    attributes: Annotated[SomeIds, Refers("attributes")]
    countries: Annotated[SomeIds, Refers("countries")]
    agreement_required: bool
    standing: bool = False


class DisclosureGround(Model):
    """Why data may go to somebody of these kinds, and whether consent or a reference is needed."""

    label: Label
    kinds: Annotated[Distinct[RecipientKind], Field(min_length=1)]
    consent: bool = False
    reference: bool = False


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


class Irregularities(Model):
    """Who looks at what was reported as done and broke a rule, and within how many days."""

    owner: Annotated[Id, Refers("roles")]
    days: int = Field(ge=1, le=366)


class PolicyDocument(Model):
    """One version of an organisation's policy, complete and free of contradictions once loaded."""

    policy: Heading
    contacts: Mapping[Id, Address] = Field(min_length=1)
    controllers: Mapping[Id, Controller] = Field(min_length=1)
    services: Mapping[Id, Service] = Field(min_length=1)
    safeguards: Mapping[Id, Named]
    countries: Mapping[Id, Country] = Field(min_length=1)
    laws: Mapping[Id, Named]
    roles: Mapping[Id, Named] = Field(min_length=1)
    functions: Mapping[Id, Named]
    reasons: Mapping[Id, Reason]
    channels: Mapping[Id, Named]
    classes: Mapping[Id, RetentionClass] = Field(min_length=1)
    unlisted_class: Annotated[Id, Refers("classes")]
    attributes: Mapping[AttributeId, Attribute] = Field(min_length=1)
    sources: Mapping[Id, Source] = Field(min_length=1)
    purposes: Mapping[Id, Purpose] = Field(min_length=1)
    notices: Mapping[Id, Notice] = Field(min_length=1)
    recipients: Mapping[Id, Recipient]
    disclosure_grounds: Mapping[Id, DisclosureGround]
    retention_grounds: Mapping[Id, RetentionGround] = Field(min_length=1)
    irregularities: Irregularities
    authorisation_hours: int = Field(ge=1, le=24 * 366)

    @cached_property
    def ways(self) -> dict[Hashable, Any]:
        """What was worked out from the document alone of the ways out that were taken: kept here,
        so that it ends with the document (`ledger/policy/passing.py`)."""
        return {}

    @cached_property
    def primary_controller(self) -> str:
        """The controller that acts where a command names none."""
        return next(id_ for id_, one in self.controllers.items() if one.primary)

    @cached_property
    def identifying_class(self) -> str:
        """The class by which an active subject is recognised."""
        return next(id_ for id_, one in self.classes.items() if one.identifies)

    @cached_property
    def evidence_class(self) -> str:
        """The class that binds consent, request and answer to a person, and nothing more."""
        return self._class_of("evidence")

    @cached_property
    def request_class(self) -> str:
        """The class of what was collected to answer a request, such as an identity check."""
        return self._class_of("request")

    def _class_of(self, role: ClassRole) -> str:
        return next(id_ for id_, one in self.classes.items() if one.role == role)

    def scope_of(self, class_: str, occurred: dt.date, given: str | None = None) -> str:
        """The scope of a value of this class that came to be on this day (formats.md §1).

        "" for a class without scope, the first day of the policy's year or of the month for a
        period, and `given` (hex32, minted by the ledger) for a document or case.

        Raises:
            InvalidInput: the class is one of documents or cases and none is given, or the other
                way round, or a period is given that is not the one of that day.
            KeyError: no such class in this policy.
        """
        kind = self.classes[class_].scope
        if kind in ("document", "case"):
            if given is None or not re.fullmatch(r"[0-9a-f]{32}", given):
                raise InvalidInput(
                    field="scope", rule=f"the id of a {kind} is needed: 32 hex digits"
                )
            return given
        scope = ""
        if kind != "none":
            scope = periods.start_of(kind, occurred, self.policy.year_starts).isoformat()
        if given is not None and given != scope:
            raise InvalidInput(field="scope", rule="the class takes its scope from the date")
        return scope
