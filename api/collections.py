"""Collections: personal data comes in, asked for under a notice, or told."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from api.as_of import AsOfSubject
from api.command_route import CommandRoute
from api.dependencies import permitted
from api.problems import FieldError, InvalidRequest
from api.schemas import Act, Broken, Code, FactView, Form, Scope, field_example
from api.subjects import known
from api.translation import Common, translation
from ledger.command import Command
from ledger.commands.collecting import Collect, Notice, RecordCollection
from ledger.commands.values import Value
from projections import collections

router = APIRouter(prefix="/v1/subjects/{subject}/collections", tags=["collections"])


class NoticeForm(Form):
    """Which notice the person was shown: its id in the policy, and the language."""

    version: Code
    language: Annotated[str, Field(min_length=2, max_length=64)]

    def shown(self) -> Notice:
        """As commands take it."""
        return Notice(version=self.version, language=self.language)


class ValueForm(Form):
    """One value of an attribute. Attributes of a document or a case say which: `scope`."""

    attribute: Code
    value: Annotated[str, Field(max_length=100_000)]
    scope: Scope | None = None

    def given(self) -> Value:
        """As commands take it."""
        return Value(attribute=self.attribute, value=self.value, scope=self.scope)


class CollectionForm(Act):
    """Values, where they came from and what for. `told`: it has happened, as a partner reports.

    `market`: the country where the service is offered; `supplier`: who supplied what comes from
    others; `template`: the message whose link brought it.
    """

    model_config = field_example(
        values=[{"attribute": "attribute-a", "value": "…"}],
        source="source-a",
        country="country-a",
        purposes=["purpose-a"],
        notice={"version": "notice-a", "language": "en"},
    )

    told: bool = False
    values: Annotated[list[ValueForm], Field(max_length=200)]
    source: Code
    country: Code
    purposes: Annotated[list[Code], Field(max_length=100)]
    notice: NoticeForm | None = None
    service: Code | None = None
    market: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    template: Code | None = None
    supplier: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    corrections: list[ValueForm] = Field(default=[], max_length=200)


@translation("subject:write", status=status.HTTP_201_CREATED)
def collect(body: CollectionForm, common: Common, subject: UUID) -> Command:
    """Collect values: asked for (refused when a rule is broken), or told (stored with findings)."""
    fields: dict[str, Any] = common | {
        "subject": subject,
        "values": tuple(value.given() for value in body.values),
        "source": body.source,
        "country": body.country,
        "purposes": tuple(body.purposes),
        "notice": body.notice.shown() if body.notice else None,
        "service": body.service,
        "market": body.market,
        "template": body.template,
        "supplier": body.supplier,
    }
    if body.told:
        corrections = tuple(value.given() for value in body.corrections)
        return RecordCollection(**fields, corrections=corrections)
    if body.corrections:
        wrong = FieldError("corrections", "only with `told`", "Correct by PATCH of the profile.")
        raise InvalidRequest([wrong])
    return Collect(**fields)


COMMANDS = [
    CommandRoute("POST", "/v1/subjects/{subject}/collections", collect, tags=["collections"])
]


class CollectionView(FactView):
    """How data came in: from where, under which notice, for what."""

    told: bool
    source: str | None
    template: str | None
    notice_version: str | None
    notice_language: str | None
    service: str | None
    country: str | None
    purposes: list[str]
    findings: list[Broken]
    annulled_position: int | None


@router.get("", operation_id="collections", dependencies=[permitted("subject:read", "audit:read")])
def of_subject(subject: UUID, past: AsOfSubject) -> list[CollectionView]:
    """How the data of this person came in, oldest first; annulled entries are marked."""
    known(past.tables, subject)
    return [_view(row) for row in collections.of_subject(past.tables, subject)]


def _view(row: collections.Collection) -> CollectionView:
    shown = {name: getattr(row, name) for name in CollectionView.model_fields}
    return CollectionView(**shown | {"findings": Broken.all(row.findings)})
