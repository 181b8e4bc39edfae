"""All projections, in the order in which they take an event."""

from __future__ import annotations

from projections import (
    actors,
    annulments,
    audit_trail,
    claims,
    collections,
    consents,
    disclosures,
    duties,
    erasures,
    handovers,
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
        annulments,
        recipients,
        profiles,
        collections,
        consents,
        disclosures,
        handovers,
        processing,
        claims,
        duties,
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
"""A handler only adds rows, so the order here decides nothing, and a new noun may stand anywhere."""
