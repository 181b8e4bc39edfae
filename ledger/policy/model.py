"""The policy document: what may be written in it, and its own small questions.

Everything an organisation decides is here and nowhere in the code: purposes, classes, recipients,
grounds, countries, periods. Ids are the keys of the sections. `Refers` says which section an id
must be found in; `ledger/policy/consistency.py` looks there and finds contradictions. The parts are
in `data.py`, `uses.py`, `parties.py` and `keeping.py`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Hashable, Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field

from ledger.errors import InvalidInput
from ledger.policy import periods
from ledger.policy.data import Attribute, ClassRole, Identifiers, RetentionClass, Source
from ledger.policy.forms import Address, AttributeId, Date, Distinct, Id, Label, Language
from ledger.policy.keeping import Irregularities, RetentionGround, RetentionRule, Sweep
from ledger.policy.part import Model, Named, Refers
from ledger.policy.parties import (
    Controller,
    Country,
    DisclosureGround,
    Measure,
    Recipient,
    Service,
)
from ledger.policy.uses import (
    LinkedDocument,
    Notice,
    Prohibited,
    Purpose,
    Reason,
    Regime,
    Template,
)


class Heading(Model):
    """What the document is: its label (permanent, one per version), title, and first day."""

    label: Id
    title: Label
    effective: Date
    language: Language
    year_starts: int = Field(default=1, ge=1, le=12)
    """The month in which a year of scope `year` begins: 4 where the books run from April."""


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

    # What documents did not say from the beginning; those of before stay readable for ever.
    documents: Mapping[Id, LinkedDocument] = Field(default_factory=dict)
    regimes: Mapping[Id, Regime] = Field(default_factory=dict)
    default_regimes: Annotated[Distinct[Id], Refers("regimes")] = ()
    prohibited: Mapping[Id, Prohibited] = Field(default_factory=dict)
    templates: Mapping[Id, Template] = Field(default_factory=dict)
    member_roles: Mapping[Id, Named] = Field(default_factory=dict)
    matters: Mapping[Id, Named] = Field(default_factory=dict)
    """Kinds of cases and of holds."""
    retention_rules: Mapping[Id, RetentionRule] = Field(default_factory=dict)
    identifiers: Identifiers = Identifiers()
    sweep: Sweep = Sweep()
    measures: Mapping[Id, Measure] = Field(default_factory=dict)
    """For the record of processing activities, which says so where none is stated."""

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
