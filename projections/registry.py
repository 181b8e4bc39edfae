"""All projections, in the order in which they take an event."""

from __future__ import annotations

from projections import (
    accounts,
    actors,
    annulments,
    audit_trail,
    broken_rules,
    candidates,
    cases,
    claims,
    collections,
    consents,
    contents,
    disclosures,
    due,
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
    refusals,
    rights,
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
        rights,
        disclosures,
        handovers,
        processing,
        claims,
        accounts,
        contents,
        cases,
        duties,
        erasures,
        orders,
        openings,
        irregularities,
        refusals,
        broken_rules,
        audit_trail,
        keys,
        due,
        candidates,
    )
}
"""By the name of the file."""
PROJECTIONS = tuple(NOUNS.values())
"""A handler only adds rows, so the order here decides nothing, and a new noun may stand anywhere."""
