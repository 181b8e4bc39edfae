"""Where data may be stored and go: the list of countries, worked out from who is there (P14). Pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ledger.policy.model import PolicyDocument

INSIDE = "own-system"


class Place(NamedTuple):
    """A country of the document, its safeguard, and the recipients that are there, by code.

    `reached`: those of them that may get something now: the company's own, and whoever is on the
    register. Nobody is listed where only the company itself is.
    """

    country: str
    name: str
    safeguard: str | None
    recipients: tuple[str, ...]
    reached: tuple[str, ...]


def places(policy: PolicyDocument, registered: Collection[str]) -> list[Place]:
    """Every country that the document lists. `registered`: codes of those on the register."""
    found = []
    for code, country in policy.countries.items():
        there = [name for name, one in policy.recipients.items() if code in one.countries]
        reached = [
            name for name in there if name in registered or policy.recipients[name].kind == INSIDE
        ]
        place = Place(code, country.name, country.safeguard, tuple(there), tuple(reached))
        found.append(place)
    return found
