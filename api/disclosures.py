"""Disclosures: ask before data is passed on, tell when it was, and look up who got what and why."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import Field

from api.as_of import AsOfList, AsOfSubject, AsOfView
from api.command_route import CommandRoute
from api.dependencies import Cursor, Limit, TheLedger, cursor_text, permitted
from api.schemas import (
    Act,
    Broken,
    Code,
    Day,
    FactView,
    Id,
    Labels,
    Paged,
    View,
    field_example,
)
from api.subjects import known
from api.translation import Common, translation
from api.wording import UNMENTIONED
from ledger.application import Ledger
from ledger.command import Command
from ledger.commands.disclosing import AuthoriseDisclosure, RecordDisclosure
from ledger.errors import InvalidInput
from projections import disclosures

router = APIRouter(prefix="/v1", tags=["disclosures"])

_EXAMPLE: dict[str, Any] = {
    "recipient": "recipient-a",
    "purpose": "purpose-a",
    "ground": "ground-a",
    "country": "country-a",
    "attributes": ["attribute-a"],
}


class AuthorisationForm(Act):
    """Which attributes may go to whom, what for, on which ground, to which country."""

    model_config = field_example(**_EXAMPLE)

    recipient: Annotated[str, Field(min_length=1, max_length=1000)]
    purpose: Code
    ground: Code
    country: Code
    attributes: Annotated[list[Code], Field(min_length=1, max_length=200)]
    channel: Code | None = None
    reference: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="Order, case or mandate that the ground needs; kept sealed."
    )
    document: Id | None = Field(
        default=None, description="The purchase or case it is about, where the ground asks for one."
    )
    stage: Code | None = Field(default=None, description="Of a corporate transaction.")
    hidden_until: Day | None = Field(
        default=None, description="Until when the law forbids to mention it to the person."
    )


class DisclosureForm(AuthorisationForm):
    """What was passed on. A recipient that is not on the register is named in words, and sealed."""

    model_config = field_example(**_EXAMPLE, authorisation="0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10")

    authorisation: Id | None = None


@translation("disclosure:write", status=status.HTTP_201_CREATED)
def authorise_disclosure(body: AuthorisationForm, common: Common, subject: UUID) -> Command:
    """May these attributes go to this recipient? Answers `ids.authorisation`, good for some hours:
    what the report of the disclosure names (`authorisation`)."""
    return AuthoriseDisclosure(**common, subject=subject, **passed(body))


@translation("disclosure:write", status=status.HTTP_201_CREATED)
def record_disclosure(body: DisclosureForm, common: Common, subject: UUID) -> Command:
    """Data was passed on. Never refused for policy: stored with the rules it breaks."""
    return RecordDisclosure(
        **common, subject=subject, **passed(body), authorisation=body.authorisation
    )


def passed(body: AuthorisationForm) -> dict[str, Any]:
    """What is said of passing data on, as every command of it takes it."""
    return {
        "recipient": body.recipient,
        "purpose": body.purpose,
        "ground": body.ground,
        "country": body.country,
        "hidden_until": body.hidden_until,
        "attributes": tuple(body.attributes),
        "channel": body.channel,
        "reference": body.reference,
        "document": body.document,
        "stage": body.stage,
    }


_PATH = "/v1/subjects/{subject}/disclosures"
COMMANDS = [
    CommandRoute("POST", _PATH, record_disclosure, tags=["disclosures"]),
    CommandRoute("POST", f"{_PATH}/authorisations", authorise_disclosure, tags=["disclosures"]),
]


# ---- who got what ------------------------------------------------------------------------------


class RecipientRef(View):
    """A recipient of the register by id, code and name; all null for one named in words, sealed."""

    id: UUID | None = None
    code: str | None = None
    name: str | None = None


class ItemRef(View):
    """What was passed on, by name: the attribute, and the entry that holds the value if known."""

    attribute: str
    entry: UUID | None


class DisclosureView(FactView):
    """Who got what of whom, when, why and on which ground. Never a value."""

    disclosure: UUID
    subject: UUID
    authorisation: UUID | None
    recipient: RecipientRef
    agreement: int | None
    purpose: str | None
    ground: str | None
    country: str | None
    safeguard: str | None
    channel: str | None
    items: list[ItemRef]
    hidden_until: dt.date | None
    findings: list[Broken]
    stage: str | None
    act: UUID | None
    annulled_position: int | None


class DisclosurePage(Paged[DisclosureView]):
    """A page of disclosures, and the moment it speaks of."""

    as_of: AsOfView | None


class Names:
    """Codes and names of the registered recipients, for one answer."""

    def __init__(self, ledger: Ledger) -> None:
        self._codes = {of: code for code, of in ledger.recorder.registers("recipient").items()}
        self._labels = Labels(ledger.policy())

    def of(self, recipient: UUID | None) -> RecipientRef:
        """The recipient as it is shown."""
        code = self._codes.get(recipient) if recipient else None
        return RecipientRef(id=recipient, code=code, name=self._labels.label("recipients", code))

    def find(self, text: str) -> UUID:
        """A recipient by its id or code. Raises InvalidInput."""
        for recipient, code in self._codes.items():
            if text in (code, str(recipient), recipient.hex):
                return recipient
        raise InvalidInput(field="recipient", rule="a recipient on the register")


Word = Annotated[str | None, Query(max_length=64)]
Since = Annotated[
    dt.datetime | dt.date | None, Query(description="Happened then or later (day or instant).")
]
Before = Annotated[dt.datetime | dt.date | None, Query(description="Happened before then.")]


@router.get("/disclosures", operation_id="disclosures", dependencies=[permitted("audit:read")])
def search(
    past: AsOfList,
    ledger: TheLedger,
    cursor: Cursor,
    recipient: Word = None,
    purpose: Word = None,
    ground: Word = None,
    subject: UUID | None = None,
    since: Annotated[Since, Query(alias="from")] = None,
    before: Annotated[Before, Query(alias="to")] = None,
    unauthorised: Annotated[
        bool, Query(description="Only what was reported and never authorised.")
    ] = False,
    limit: Limit = 100,
) -> DisclosurePage:
    """Who got what, when and on which ground: newest first, narrowed by any of the fields."""
    names = Names(ledger)
    sought = disclosures.Filter(
        subject=subject,
        recipient=names.find(recipient) if recipient else None,
        purpose=purpose,
        ground=ground,
        since=instant(since),
        before=instant(before),
        unauthorised=unauthorised,
    )
    page = disclosures.search(past.tables, sought, as_of=past.as_of, cursor=cursor, limit=limit)
    items = [view(row, names) for row in page.rows]
    return DisclosurePage(items=items, next_cursor=cursor_text(page.cursor), as_of=past.view)


class SubjectDisclosures(View):
    """What may be told to the person. What the law forbids to mention is absent."""

    items: list[DisclosureView]
    not_mentioned: str
    as_of: AsOfView | None


@router.get(
    "/subjects/{subject}/disclosures",
    operation_id="disclosures_of_subject",
    dependencies=[permitted("subject:read", "audit:read")],
)
def of_subject(subject: UUID, past: AsOfSubject, ledger: TheLedger) -> SubjectDisclosures:
    """Who got what of this person, oldest first, as the person may be told today."""
    known(past.tables, subject)
    today, names = ledger.clock().date(), Names(ledger)
    rows = disclosures.of_subject(past.tables, subject, for_subject=True, today=today)
    items = [view(row, names) for row in rows]
    return SubjectDisclosures(items=items, not_mentioned=UNMENTIONED, as_of=past.view)


def view(row: disclosures.Disclosure, names: Names) -> DisclosureView:
    """A disclosure as it is shown."""
    shown = {name: getattr(row, name) for name in DisclosureView.model_fields}
    return DisclosureView(
        **shown
        | {
            "recipient": names.of(row.recipient),
            "items": [ItemRef(attribute=item.attribute, entry=item.event) for item in row.items],
            "findings": Broken.all(row.findings),
        }
    )


def instant(given: dt.datetime | dt.date | None) -> dt.datetime | None:
    """A day is its first instant in UTC; an instant without a zone is in UTC."""
    if given is None:
        return None
    if not isinstance(given, dt.datetime):
        return dt.datetime.combine(given, dt.time(), dt.UTC)
    return given if given.tzinfo else given.replace(tzinfo=dt.UTC)
