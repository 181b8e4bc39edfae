"""The list of countries is worked out from who is there (P14)."""

from __future__ import annotations

from ledger.policy.places import places
from tests.ledger.policy.people import POLICY


def test_every_country_says_who_is_there_and_who_is_reached() -> None:
    """The company's own systems, and whoever of the others is on the register."""
    found = {place.country: place for place in places(POLICY, {"statistics-provider"})}
    assert set(found) == set(POLICY.countries)
    ireland = found["ireland"]
    assert set(ireland.recipients) == {"hosting-provider", "statistics-provider"}
    assert ireland.reached == ("statistics-provider",)
    assert ireland.safeguard == "adequacy-decision"
    assert found["india"].reached == ("helpdesk-system",)


def test_no_recipient_is_left_out() -> None:
    """Each stands in every country the document lists it for."""
    stand = {(place.country, code) for place in places(POLICY, ()) for code in place.recipients}
    assert stand == {
        (country, code) for code, one in POLICY.recipients.items() for country in one.countries
    }
