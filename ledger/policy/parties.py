"""The policy's sections on parties and places: who decides, where, and who outside may get what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from ledger.policy.forms import Date, Distinct, Id, Iri, Label, Market, Period, Some, SomeIds
from ledger.policy.part import Model, Refers

DeletionMode = Literal["automatic", "reviewed"]
RecipientKind = Literal[
    "own-system", "affiliate", "processor", "independent-controller", "agent", "authority",
    "successor",
]  # fmt: skip


class Controller(Model):
    """A legal entity that decides; one of them is the primary one. Of an affiliate: since when, and
    until when, the company controls it (P15)."""

    name: Label
    primary: bool = False
    controlled_since: Date | None = None
    controlled_until: Date | None = None


class Service(Model):
    """A site, product or service; one that is not covered has a statement of its own (P01).

    `shown_at`: where its notice is shown. `markets`: the countries it is for (ISO 3166-1); none
    named, all. `reviewer`: who decides on deletions where they are reviewed, within `review_days`.
    """

    label: Label
    covered: bool = True
    deletion: DeletionMode
    shown_at: Distinct[Iri] = ()
    markets: Distinct[Market] = ()
    statement: Annotated[Id | None, Refers("documents")] = None
    reviewer: Annotated[Id | None, Refers("roles")] = None
    review_days: int = Field(default=30, ge=1, le=366)


class Country(Model):
    """Where data may be stored or go, and the safeguard for it; none where none is needed."""

    name: Label
    safeguard: Annotated[Id | None, Refers("safeguards")] = None


class Measure(Model):
    """What is done for the security of data (GDPR Art. 30(1)(g), 32), and its IRI."""

    label: Label
    iri: Iri | None = None


class Recipient(Model):
    """Whoever may receive data: for which purposes, which attributes, and in which countries.

    Of an affiliate, `controller` says which legal entity it is. `sub_processors` are recipients of
    this document; `confidential`: whether the agreement binds it to confidentiality (P17).
    """

    name: Label
    kind: RecipientKind
    purposes: Annotated[SomeIds, Refers("purposes")]
    attributes: Annotated[SomeIds, Refers("attributes")]
    countries: Annotated[SomeIds, Refers("countries")]
    agreement_required: bool
    standing: bool = False
    controller: Annotated[Id | None, Refers("controllers")] = None
    sub_processors: Annotated[Distinct[Id], Refers("recipients")] = ()
    confidential: bool | None = None
    answer_days: int = Field(default=30, ge=1, le=366)
    """Days after which a holder that has not answered an order is silent."""


class Stage(Model):
    """A stage of a corporate transaction, and the attributes it may pass on (P19).

    `after`: the stage in which a person's data must have been before; none: in no other.
    """

    label: Label
    attributes: Annotated[SomeIds, Refers("attributes")]
    after: Id | None = None


class DisclosureGround(Model):
    """Why data may go to somebody of these kinds, and what it needs: consent, a reference, somebody
    of a function who authorises it (P18).

    `one_document`: only values of the one document or case that the reference is about (P05).
    `gag`: the person may be kept from knowing until a day (P18). `stages`: it is one act over a list
    of people, in these stages (P19).
    """

    label: Label
    kinds: Some[RecipientKind]
    consent: bool = False
    reference: bool = False
    authorised_by: Annotated[Distinct[Id], Refers("functions")] = ()
    one_document: bool = False
    gag: bool = False
    gag_review: Period | None = None
    stages: Mapping[Id, Stage] = Field(default_factory=dict)

    @property
    def asks_for_nothing(self) -> bool:
        """Whether no word, no paper and nobody's authority is needed: data may go at any time."""
        return not (self.consent or self.reference or self.one_document or self.authorised_by)
