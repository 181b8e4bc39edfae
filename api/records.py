"""The record of processing activities (GDPR Art. 30), of both roles: as JSON, as CSV, as a page."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from api import record_page
from api.dependencies import Tables, permitted
from api.policy_diffs import in_force
from projections import queries, records

router = APIRouter(prefix="/v1/records", tags=["policy"])

Format = Literal["json", "csv", "html"]
CONTENT = {"csv": "text/csv", "html": "text/html"}
_OTHERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in CONTENT.values()}}
}


@router.get(
    "",
    operation_id="records",
    dependencies=[permitted("audit:read")],
    response_model=records.Record,
    responses=_OTHERS,
)
def record(
    tables: Tables,
    format_: Annotated[
        Format, Query(alias="format", description="JSON, a table, a page.")
    ] = "json",
) -> Any:
    """What is done with data, why, by whom, with whom, where and for how long, under the policy in
    force; of the registers, agreements and standing accesses. No personal value is in it."""
    written = written_from(tables)
    if format_ == "csv":
        return Response(record_page.as_csv(written), media_type=CONTENT["csv"])
    if format_ == "html":
        # nothing in the page needs more than its own style
        policy = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
        return Response(record_page.as_html(written), media_type=CONTENT["html"], headers=policy)
    return written


def written_from(tables: queries.Tables) -> records.Record:
    """The record under the policy in force, as the tables know it.

    Raises:
        NotFound: there is none yet.
    """
    now = in_force(tables)
    return records.record(tables, now.document, now.version or 0)
