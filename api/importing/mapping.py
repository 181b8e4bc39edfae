"""The mapping: a YAML document that says what the columns of an export mean.

It is read as a policy document is (ledger/policy/tree.py): plain data, no cleverness, unknown keys
refused. Every column of the file is named in it; one that is left out on purpose is named `null`.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Named
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from ledger.errors import InvalidInput
from ledger.policy import tree
from ledger.policy.forms import AttributeId, Date, Id, Label, Language, Market, SomeIds
from ledger.policy.model import PolicyDocument
from ledger.policy.problem import nearest, of_form

Encoding = Literal["utf-8", "utf-8-sig", "iso-8859-1", "iso-8859-15", "windows-1252"]
"""Encodings in which a line's end is one byte, so that a broken line spoils itself alone."""


def _contradiction(rule: str) -> PydanticCustomError:
    return PydanticCustomError("contradiction", "{rule}", {"rule": rule})


class Part(BaseModel):
    """A part of the mapping: unknown keys are refused, nothing is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


class ShownNotice(Part):
    """The notice that people were shown when the data was collected."""

    version: Id
    language: Language


class Moment(Part):
    """When it was collected: a column of ISO dates or moments, or one date for the whole file."""

    column: Label | None = None
    date: Date | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.column is None) == (self.date is None):
            raise _contradiction("must name either a column or a date")
        return self


class StatedConsent(Part):
    """A column that says whether a person agreed to a purpose; `given` lists what means yes."""

    purpose: Id
    given: Annotated[tuple[Label, ...], Field(min_length=1, strict=False)]
    notice: ShownNotice


class Mapping(Part):
    """What the columns of an export mean, and what is told of all its lines."""

    format: Literal["csv", "jsonl"]
    encoding: Encoding = "utf-8"
    delimiter: Literal[",", ";", "|", "\t"] = ","
    columns: Annotated[Named[Label, AttributeId | None], Field(min_length=1)]
    recognise_by: SomeIds
    source: Id
    supplier: Label | None = None
    notice: ShownNotice | None = None
    country: Id
    purposes: SomeIds
    service: Id | None = None
    market: Market | None = None
    """The country in which the service was offered (ISO 3166-1)."""
    template: Id | None = None
    """The message whose links were followed, where the source tells that (P10)."""
    occurred_at: Moment | None = None
    scopes: Named[Id, Label] = Field(default_factory=dict)
    """For classes of documents or cases: the column that holds the id, a random UUID."""
    consents: Named[Label, StatedConsent] = Field(default_factory=dict)

    @property
    def attributes(self) -> dict[str, str]:
        """Attribute → the column that holds it."""
        return {attribute: column for column, attribute in self.columns.items() if attribute}

    @property
    def named_columns(self) -> set[str]:
        """Every column the mapping speaks of; the file has these and no others."""
        named = {*self.columns, *self.scopes.values(), *self.consents}
        if self.occurred_at is not None and self.occurred_at.column:
            named.add(self.occurred_at.column)
        return named

    def words(self) -> bytes:
        """What a repeated import is recognised by: a key that came later and is not used says
        nothing, so an import that began before it can go on."""
        unused = {name for name in ("market", "template") if getattr(self, name) is None}
        return self.model_dump_json(exclude=unused).encode()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        attributes = [attribute for attribute in self.columns.values() if attribute]
        if len(set(attributes)) != len(attributes):
            raise _contradiction("columns: two columns have the same attribute")
        if set(self.recognise_by) - set(attributes):
            raise _contradiction("recognise_by: an attribute here needs a column")
        if self.market is not None and self.service is None:
            raise _contradiction("market: only of a service that is named")
        return self


def load_mapping(text: str) -> Mapping:
    """The mapping that a YAML text says.

    Raises:
        InvalidInput: facts field (the key), rule and line.
    """
    try:
        read = tree.read(text)
    except tree.Unreadable as error:
        rule = f"{error.problem.rule}: {error.problem.remedy}"
        raise InvalidInput(field="mapping", rule=rule, line=error.line) from None
    try:
        return Mapping.model_validate(read.data)
    except ValidationError as error:
        raise _refusal(error, read) from None


def _refusal(error: ValidationError, read: tree.Tree) -> InvalidInput:
    """What is wrong first, a misspelt key before what is missing for it, in a policy's words."""
    found = error.errors(include_url=False, include_input=False)
    first = min(found, key=lambda one: one["type"] != "extra_forbidden")
    problem = of_form(first, Mapping)
    return InvalidInput(
        field=problem.key or "mapping",
        rule=f"{problem.rule}: {problem.remedy}",
        line=read.line(first["loc"]),
        more=len(found) - 1 or None,
    )


def check_mapping(mapping: Mapping, policy: PolicyDocument) -> None:
    """Refuse a mapping whose words the policy does not know, before a line is read.

    An attribute may be unlisted: what came in all the same is kept sealed, with a finding. The rest
    is said once for the whole file, and a misspelling would be told of every person in it.

    Raises:
        InvalidInput: facts field and rule.
    """
    for field, rule in _unknown(mapping, policy):
        raise InvalidInput(field=field, rule=rule)


def _unknown(mapping: Mapping, policy: PolicyDocument) -> Iterator[tuple[str, str]]:
    for field, code, section in (
        ("source", mapping.source, policy.sources),
        ("country", mapping.country, policy.countries),
        ("service", mapping.service, policy.services),
        ("template", mapping.template, policy.templates),
        *(("purposes", purpose, policy.purposes) for purpose in mapping.purposes),
        *(("scopes", name, policy.classes) for name in mapping.scopes),
        *(("consents", one.purpose, policy.purposes) for one in mapping.consents.values()),
    ):
        if code is not None and code not in section:
            yield field, f"must be listed in the policy: {nearest(code, section)}"
    notices = [mapping.notice, *(one.notice for one in mapping.consents.values())]
    for notice in filter(None, notices):
        listed = policy.notices.get(notice.version)
        if listed is None or notice.language not in listed.texts:
            yield "notice", "must be listed in the policy, in this language"
    for name in mapping.recognise_by:
        if name not in policy.attributes or not policy.attributes[name].exclusive:
            yield "recognise_by", "must be attributes whose look-up is exclusive"
