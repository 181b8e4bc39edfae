"""What a document names and nothing in it uses: a link that was lost, or a part that can go."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from ledger.policy.model import PolicyDocument
from ledger.policy.problem import Problem, Problems


class _Use(NamedTuple):
    """The ids of a section that something uses; of the others, this is said."""

    section: str
    used: Collection[str | None]
    rule: str
    remedy: str


def unused(document: PolicyDocument) -> Problems:
    """Every class, linked document, safeguard, law and matter that nothing uses."""
    for use in _uses(document):
        for id_ in getattr(document, use.section):
            if id_ not in use.used:
                yield Problem((use.section, id_), use.rule, use.remedy)


def _uses(document: PolicyDocument) -> tuple[_Use, ...]:
    linked = {id_ for one in document.notices.values() for id_ in one.documents}
    statements = {one.statement for one in document.services.values()}
    return (
        _Use(
            "classes",
            _used_classes(document),
            "no purpose uses this class",
            "name it in a purpose, or remove it",
        ),
        _Use(
            "documents",
            linked | statements,
            "neither a notice links to it, nor is it the statement of a service",
            "name it there, or remove it",
        ),
        _Use(
            "safeguards",
            {one.safeguard for one in document.countries.values()},
            "no country rests on this safeguard",
            "name it at a country, or remove it",
        ),
        _Use(
            "laws",
            {one.law for one in document.retention_grounds.values()},
            "nothing is kept under this law",
            "name it at a retention ground, or remove it",
        ),
        _Use(
            "matters",
            {one.kind for one in document.retention_rules.values()},
            "no retention rule says what is held while such a case or hold is open",
            "add the rule, or remove it",
        ),
    )


def _used_classes(document: PolicyDocument) -> set[str]:
    """Purpose limitation, GDPR Art. 5(1)(b); what has a role of its own, or sorts what is told, is
    there for the ledger's own purposes."""
    used = {id_ for one in document.purposes.values() for id_ in one.classes}
    used |= {id_ for id_, one in document.classes.items() if one.role != "ordinary"}
    return used | {document.unlisted_class}
