"""Countries: where personal data may be stored and go, and who is there (P14)."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import Tables, TheLedger, permitted
from api.schemas import View
from ledger.policy.places import places
from projections import recipients

router = APIRouter(prefix="/v1/countries", tags=["policy"])


class CountryView(View):
    """A country the policy lists, its safeguard, and the recipients there, by code; `reached` are
    the company's own and those on the register. Where nobody is listed, only the company is."""

    country: str
    name: str
    safeguard: str | None
    recipients: list[str]
    reached: list[str]


@router.get("", operation_id="countries", dependencies=[permitted()])
def all_countries(tables: Tables, ledger: TheLedger) -> list[CountryView]:
    """The countries in which data may be, worked out from the registers."""
    registered = {row.code for row in recipients.register_of_recipients(tables)}
    return [CountryView.of(place) for place in places(ledger.policy(), registered)]
