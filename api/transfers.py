"""Transfers: what went to which country, or is reached or worked on there, under which safeguard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from api.dependencies import Tables, TheLedger, permitted
from api.disclosures import RecipientRef, Since, instant
from api.schemas import Labels, View
from ledger.policy.model import PolicyDocument
from projections import transfers
from projections.transfers import Transfer, Way

router = APIRouter(prefix="/v1/transfers", tags=["transfers"])


class TransferView(View):
    """What happened in a country in one way: how often, about how many people, since and until when.

    `safeguard` is what was recorded with a disclosure. `people` is null where it is not counted.
    """

    way: Way
    recipient: RecipientRef | None
    purpose: str | None
    safeguard: str | None
    classes: list[str]
    number: int
    people: int | None
    first: dt.datetime | None
    last: dt.datetime | None
    since: dt.date | None


class CountryView(View):
    """A country: null for those the policy did not list. `safeguard` is the one of the policy in
    force, null where it needs none; `listed`: whether that policy still lists the country."""

    country: str | None
    name: str | None
    listed: bool
    safeguard: str | None
    safeguard_label: str | None
    transfers: list[TransferView]


@router.get("", operation_id="transfers", dependencies=[permitted("audit:read")])
def by_country(
    tables: Tables,
    ledger: TheLedger,
    since: Annotated[Since, Query(alias="from")] = None,
    before: Annotated[
        dt.datetime | dt.date | None, Query(alias="to", description="Happened before then.")
    ] = None,
) -> list[CountryView]:
    """What went where: by country and safeguard, then by way, recipient and purpose."""
    rows = transfers.by_country(tables, since=instant(since), before=instant(before))
    registered = {of: code for code, of in ledger.recorder.registers("recipient").items()}
    return views(rows, ledger.policy(), registered)


def views(
    rows: Iterable[Transfer], policy: PolicyDocument, registered: Mapping[UUID, str]
) -> list[CountryView]:
    """Transfers as they are shown, for a policy and the codes of the recipients on the register."""
    labels = Labels(policy)
    return [
        _country(country, [_view(row, labels, registered) for row in group], policy, labels)
        for country, group in groupby(rows, key=lambda row: row.country)
    ]


def _country(
    country: str | None, shown: list[TransferView], policy: PolicyDocument, labels: Labels
) -> CountryView:
    listed = policy.countries.get(country) if country is not None else None
    safeguard = listed.safeguard if listed else None
    return CountryView(
        country=country,
        name=labels.label("countries", country),
        listed=listed is not None,
        safeguard=safeguard,
        safeguard_label=labels.label("safeguards", safeguard),
        transfers=shown,
    )


def _view(row: Transfer, labels: Labels, registered: Mapping[UUID, str]) -> TransferView:
    shown = {name: getattr(row, name) for name in set(TransferView.model_fields) - {"recipient"}}
    return TransferView(**shown, recipient=_recipient(row, labels, registered))


def _recipient(
    row: Transfer, labels: Labels, registered: Mapping[UUID, str]
) -> RecipientRef | None:
    """Nobody else where the company itself collects or works; all null for one named in words."""
    if row.way not in ("disclosure", "standing-access"):
        return None
    code = registered.get(row.recipient) if row.recipient else None
    return RecipientRef(id=row.recipient, code=code, name=labels.label("recipients", code))
