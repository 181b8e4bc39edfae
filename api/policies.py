"""The policy: the document in force, its versions, and publishing a new one."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, status
from pydantic import Field

from api.as_of import AsOfList, AsOfView
from api.dependencies import Carrier, Tables, commanding, permitted
from api.schemas import Act, Done, View, field_example
from ledger.commands.registering import PublishPolicy
from ledger.errors import NotFound, ProjectionLagging
from ledger.policy import document
from projections import policies

router = APIRouter(prefix="/v1/policy", tags=["policy"])


class PublicationForm(Act):
    """A policy document, as YAML text."""

    model_config = field_example(document="policy:\n  label: policy-a\n  …")

    document: Annotated[str, Field(min_length=1, max_length=900_000)]


class VersionView(View):
    """A version of the policy; events name it by this number."""

    version: int
    label: str
    effective: dt.date
    digest: str
    published_at: dt.datetime
    position: int


class PolicyView(VersionView):
    """A version with its text as published (`digest` is its SHA-256), and as data."""

    text: str
    document: dict[str, Any]
    as_of: AsOfView | None


@router.get("", operation_id="policy", dependencies=[permitted()])
def in_force(past: AsOfList) -> PolicyView:
    """The policy in force."""
    row = policies.in_force(past.tables, past.as_of)
    if row is None and past.as_of is None:  # there is one from the first append on
        raise ProjectionLagging()
    if row is None:
        raise NotFound()
    return _whole(row, past.view)


@router.get("/versions", operation_id="policy_versions", dependencies=[permitted()])
def versions(past: AsOfList) -> list[VersionView]:
    """Every version there was, oldest first."""
    return [VersionView(**_fields(row)) for row in policies.versions(past.tables, past.as_of)]


@router.get("/versions/{version}", operation_id="policy_version", dependencies=[permitted()])
def version(version: Annotated[int, Path(ge=1, le=2**31)], tables: Tables) -> PolicyView:
    """One version."""
    row = policies.version(tables, version)
    if row is None:
        raise NotFound()
    return _whole(row)


@router.post("/versions", status_code=status.HTTP_201_CREATED, operation_id="publish_policy")
async def publish(
    body: PublicationForm, carrier: Annotated[Carrier, commanding("policy:write")]
) -> Done:
    """Publish a new version; it is in force from here on."""
    command = PublishPolicy(**carrier.common(body), text=body.document)
    return Done.by(await carrier.carry(command))


def _whole(row: policies.Policy, as_of: AsOfView | None = None) -> PolicyView:
    parsed = document.read(row.document).model_dump(mode="json", by_alias=True)
    return PolicyView(**_fields(row), text=row.document, document=parsed, as_of=as_of)


def _fields(row: policies.Policy) -> dict[str, Any]:
    return {
        "version": row.version,
        "label": row.label,
        "effective": row.effective,
        "digest": bytes(row.digest).hex(),
        "published_at": row.recorded_at,
        "position": row.position,
    }
