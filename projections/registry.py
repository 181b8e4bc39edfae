"""All projections, in the order in which they take an event."""

from __future__ import annotations

from projections import (
    actors,
    audit_trail,
    claims,
    collections,
    consents,
    disclosures,
    erasures,
    irregularities,
    keys,
    openings,
    orders,
    policies,
    processing,
    profiles,
    recipients,
)

NOUNS = {
    noun.__name__.rpartition(".")[2]: noun.projection
    for noun in (
        policies,
        actors,
        recipients,
        profiles,
        collections,
        consents,
        disclosures,
        processing,
        claims,
        erasures,
        orders,
        openings,
        irregularities,
        audit_trail,
        keys,
    )
}
"""By the name of the file."""
PROJECTIONS = tuple(NOUNS.values())
"""A handler may read what earlier events left in any table, and its own event's rows only in its
own tables: so the order here decides nothing, and a new noun may stand anywhere."""
