"""The policy of the bench: 25 purposes and a notice for each, a retention class for each lifetime.

What holds for *all* records of a purpose is said once, in the notice of the purpose, which has to
name just these things (GDPR Art. 13 and 14: the period, the right to object, automated decisions,
recipients, source, categories). To change it a new version of the policy is published: one event,
however many records it concerns; `statements.py` is how readers see it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from api.bench.gdpr.records import FIELDS, TTL_SECONDS
from ledger.policy.model import PolicyDocument

Stated = Mapping[str, Mapping[int, tuple[str, int]]]
"""Purpose → metadata field → the value stated for all its records, and the version that said so."""

OWN_VIEW, PROCESSING, SUPERVISION = "own-view", "processing", "supervision"
RE_ATTRIBUTION = "re-attribution"
"""Reasons to open values: those of a person, a processor, an authority, and the controller."""
REASONS = (OWN_VIEW, PROCESSING, SUPERVISION, RE_ATTRIBUTION)
CONTROLLER, COUNTRY, SOURCES = "bench-controller", "bench-country", 10
MOVED, STATED = "another-person", "later-statement"
"""Sources of records that turned out to be another person's, and of later words on single fields."""

_SERVICE = {
    "label": "The benchmark",
    "deletion": "automatic",
    "shown_at": ["https://example.org/bench"],
}
_REGIMES = {
    "bench-law": {
        "label": "The law of the benchmark",
        "iri": "https://w3id.org/dpv/legal/eu/gdpr#",
        "answer": "P1M",
        "inform": "P1M",
    }
}
_SILENT = "Nothing is stated for all records of this purpose."


def class_of(ttl: str) -> str:
    """The retention class of records with this lifetime in seconds."""
    return f"kept-{ttl}"


def attribute_of(ttl: str) -> str:
    """The attribute of a whole record with this lifetime."""
    return f"record-{ttl}"


def statement_of(ttl: str) -> str:
    """The attribute of a later word on single fields of a record with this lifetime."""
    return f"statement-{ttl}"


ATTRIBUTES = tuple(name(str(ttl)) for ttl in TTL_SECONDS for name in (attribute_of, statement_of))
"""Everything that the bench collects."""


_NOTHING = (
    "safeguards", "laws", "channels", "recipients", "disclosure_grounds", "documents", "prohibited",
    "templates", "member_roles", "matters", "retention_rules", "sweep",
)  # fmt: skip
"""Sections in which the bench has nothing to say."""


def text(purposes: int, stated: Stated, version: int) -> str:
    """The document with what is stated for the purposes, as its `version` (JSON, which is YAML)."""
    kept = [class_of(str(ttl)) for ttl in TTL_SECONDS]
    names = [f"purpose{number}" for number in range(purposes)]
    document: dict[str, Any] = {
        "policy": {
            "label": f"gdprbench-{version}",
            "title": "Policy of the benchmark",
            "effective": "2026-01-01",
            "language": "en",
        },
        "contacts": {"privacy": "privacy@example.org"},
        "controllers": {CONTROLLER: {"name": "Controller of the benchmark", "primary": True}},
        "services": {"bench": _SERVICE},
        "countries": {COUNTRY: {"name": "Where the benchmark runs"}},
        "roles": {"bench-lead": {"label": "Who answers for data protection"}},
        "purposes": {name: _purpose(name, kept) for name in names},
        "notices": {
            name: {"purposes": [name], "texts": {"en": _notice(stated.get(name, {}))}}
            for name in names
        },
        **_classes(names[0]),
        **_unused(),
    }
    return json.dumps(document)


def read_notice(notice: str) -> dict[int, tuple[str, int]]:
    """What a notice states: field → value, and the version that first said so."""
    if notice == _SILENT:
        return {}
    lines = (line.split(" ") for line in notice.splitlines())
    return {FIELDS.index(name): (value, int(version)) for name, value, _, version in lines}


def stated_by(document: PolicyDocument) -> dict[str, dict[int, tuple[str, int]]]:
    """What a version states, purpose by purpose."""
    return {name: read_notice(one.texts["en"]) for name, one in document.notices.items()}


def _notice(stated: Mapping[int, tuple[str, int]]) -> str:
    lines = [
        f"{FIELDS[field]} {value} since {version}" for field, (value, version) in stated.items()
    ]
    return "\n".join(lines) or _SILENT


def _purpose(name: str, kept: list[str]) -> dict[str, Any]:
    return {
        "label": name,
        "basis": "contract",
        "iri": "https://w3id.org/dpv#Purpose",
        "required": False,
        "default": "on",
        "classes": ["identity", "proof", *kept] if name == "purpose0" else kept,
    }


def _classes(purpose: str) -> dict[str, Any]:
    """Retention classes and attributes: the slot of a record is the document it is."""
    kept = {
        class_of(str(ttl)): {
            "label": f"Records kept {ttl} s",
            "scope": "document",
            "retention": f"{ttl} s from the collection",
            "ends": {"after": f"P{math.ceil(ttl / 86_400)}D"},
        }
        for ttl in TTL_SECONDS
    }
    attributes = {
        name: {"label": name, "class": class_of(name.partition("-")[2]), "type": "text"}
        for name in ATTRIBUTES
    }
    ground = {"ground": "accountability", "period": "P3Y"}
    return {
        "classes": {
            "identity": {
                "label": "Who it is",
                "identifies": True,
                "retention": "As the account",
                "ends": {"after": "P30D", "of": "account-closed"},
            },
            "proof": {
                "label": "Proof",
                "role": "evidence",
                "retention": "3 years",
                "keeps": ground,
            },
            "requests": {
                "label": "Requests",
                "role": "request",
                "retention": "Until answered",
                "ends": {"after": "P1Y"},
            },
            **kept,
        },
        "unlisted_class": "identity",
        "attributes": {name: one | {"max_length": 300} for name, one in attributes.items()},
        "retention_grounds": {"accountability": _ground(purpose)},
    }


def _ground(purpose: str) -> dict[str, Any]:
    """Why the proof is kept."""
    return {
        "label": "To show what was done",
        "purposes": [purpose],
        "classes": ["proof"],
        "period": "P3Y",
        "decided_by": "bench-lead",
        "assessment": "What was done must be shown.",
        "justification": "https://w3id.org/dpv/legal/eu/gdpr#A17-3-e",
    }


def _unused() -> dict[str, Any]:
    """Sources, reasons and functions of the bench; and the sections it has nothing to say in."""
    told = {"third_party": False, "notice_required": False}
    sources = [f"src{number}" for number in range(SOURCES)]
    return {
        "sources": {name: {"label": name, **told} for name in (*sources, MOVED, STATED)},
        "functions": {"bench-staff": {"label": "Runs the benchmark"}},
        "reasons": {name: {"label": name} for name in REASONS},
        "irregularities": {"owner": "bench-lead", "days": 30},
        "measures": {},
        "authorisation_hours": 1,
        "regimes": _REGIMES,
        "default_regimes": list(_REGIMES),
        "identifiers": {"refuse": []},  # the records are digits, some of which make a card's number
        **{name: {} for name in _NOTHING},
    }
