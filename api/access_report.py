"""The access report in plain words, from rows and opened values alone.

The same rows give the same report; it always says that what may not be mentioned is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from api import wording
from api.access_gathering import Gathered
from api.claims import view as claim_view
from api.disclosures import Names
from api.erasure_reports import report_view
from api.schemas import Labels
from ledger.policy.listed import sub_processors
from ledger.policy.model import PolicyDocument
from ledger.policy.regimes import applying, resting
from ledger.policy.rules import RULES
from projections import (
    claims,
    collections,
    consents,
    disclosures,
    erasure_reports,
    holders,
    processing,
    profiles,
    rights,
)
from projections.columns import Fact
from projections.openings import Opening


def written(
    gathered: Gathered, policy: PolicyDocument, labels: Labels, names: Names
) -> dict[str, Any]:
    """The report as JSON, from rows and opened values alone: the same input, the same report."""
    writer = _Writer(gathered, policy, labels, names)
    return {
        "subject": str(gathered.subject.subject),
        "as_of": {"opening": gathered.looked[-1].position, "at": _at(gathered.looked[-1])},
        "controllers": [
            {"name": one.name, "primary": one.primary} for one in policy.controllers.values()
        ],
        "contacts": dict(policy.contacts),
        "services": writer.services(),
        "items": [writer.item(item) for item in gathered.items],
        "not_listed": writer.not_listed(),
        "collections": [writer.collection(row) for row in gathered.collections],
        "consents": [writer.consent(word) for word in gathered.words],
        "switches": [writer.switch(row) for row in gathered.switches],
        "objections": [writer.objection(row) for row in gathered.objections],
        "restrictions": [writer.restriction(row) for row in gathered.restrictions],
        "protecting_laws": writer.laws(),
        "recipients": [writer.holder(holder) for holder in gathered.holders],
        "processing": [writer.run(part) for part in gathered.runs],
        "kept_by_claim": [writer.claim(row) for row in gathered.claims],
        "erasures": [writer.erasure(report) for report in gathered.erasures],
        "who_looked": [writer.look(row) for row in gathered.looked],
        "rights": wording.RIGHTS,
        "complaints": wording.COMPLAINT,
        "not_mentioned": wording.UNMENTIONED,
    }


class _Writer:
    """Turns rows into words of the policy in force."""

    def __init__(
        self, gathered: Gathered, policy: PolicyDocument, labels: Labels, names: Names
    ) -> None:
        self._gathered = gathered
        self._policy = policy
        self._labels = labels
        self._names = names
        self._determined = gathered.regimes.regimes if gathered.regimes else ()

    def services(self) -> list[dict[str, Any]]:
        """The services this person uses under one identity, by the day each was first used (P09)."""
        gathered = self._gathered
        first: dict[str, Any] = {}
        used: list[profiles.Subject | collections.Collection | consents.Consent]
        used = [gathered.subject, *gathered.collections, *gathered.words]
        for row in sorted(used, key=lambda row: row.occurred_at):
            if row.service is not None and getattr(row, "annulled_position", None) is None:
                first.setdefault(row.service, row.occurred_at.isoformat())
        return [
            {"service": self._labels.label("services", service), "since": since}
            for service, since in first.items()
        ]

    def item(self, item: profiles.Item) -> dict[str, Any]:
        class_ = self._policy.classes.get(item.retention_class)
        return {
            "attribute": item.attribute,
            "label": self._labels.label("attributes", item.attribute),
            **self._value(item.event, item.field, "value"),
            "class": self._labels.label("classes", item.retention_class),
            "scope": item.scope,
            "kept": class_.retention if class_ else None,
            "source": self._source(item),
            "corrected": item.event != item.collection,
            "collected_at": _at(item),
            "service": self._labels.label("services", item.service),
            "purposes": [self.purpose(purpose) for purpose in item.purposes],
        }

    def _source(self, item: profiles.Item) -> str | None:
        """Where it came from; for a correction that names no source, where the first value did."""
        first = next((c for c in self._gathered.collections if c.event == item.collection), None)
        return self._labels.label("sources", item.source or (first.source if first else None))

    def purpose(self, code: str | None) -> dict[str, Any] | None:
        """A purpose with its term in the public vocabulary, and its legal basis under the laws that
        protect the person; where they say unlike things, the strictest, and which that is."""
        if code is None:
            return None
        listed = self._policy.purposes.get(code)
        rests = resting(self._policy, listed, self._determined) if listed else None
        return {
            "purpose": code,
            "label": listed.label if listed else code,
            "legal_basis": rests.basis if rests else None,
            "under": self._labels.label("regimes", rests.regime) if rests else None,
            "iri": listed.iri if listed else None,
        }

    def not_listed(self) -> list[dict[str, Any]]:
        """Values that were told and that the policy does not list."""
        return [
            {"collected_at": _at(row), **self._value(row.event, "@unlisted", "values")}
            for row in self._gathered.collections
            if row.unlisted is not None
        ]

    def collection(self, row: collections.Collection) -> dict[str, Any]:
        return {
            "at": _at(row),
            "source": self._labels.label("sources", row.source),
            **self._value(row.event, "@supplier", "supplier"),
            "notice": row.notice_version,
            "language": row.notice_language,
            "service": self._labels.label("services", row.service),
            "country": self._labels.label("countries", row.country),
            "message": self._labels.label("templates", row.template),
            "annulled": row.annulled_position is not None,
        }

    def consent(self, word: consents.Consent) -> dict[str, Any]:
        holds = word.purpose is not None and self._gathered.in_force.get(word.purpose) == word
        return {
            "purpose": self.purpose(word.purpose),
            **(self._value(word.event, "@unlisted", "in_words") if word.unlisted else {}),
            "state": "given" if word.given else "withdrawn",
            "at": _at(word),
            "notice": word.notice_version,
            "language": word.notice_language,
            "service": self._labels.label("services", word.service),
            **(self._value(word.event, "@statement", "statement") if word.statement else {}),
            "in_force": holds,
            "annulled": word.annulled_position is not None,
        }

    def switch(self, row: consents.SwitchInForce) -> dict[str, Any]:
        return {
            "purpose": self.purpose(row.purpose),
            "service": self._labels.label("services", row.service) or "all",
            "state": row.state,
            "since": _at(row.since),
        }

    def objection(self, row: rights.Objection) -> dict[str, Any]:
        return {
            "purpose": self.purpose(row.purpose),
            **(self._value(row.event, "@unlisted", "in_words") if row.unlisted else {}),
            "at": _at(row),
            **(self._value(row.event, "@statement", "statement") if row.statement else {}),
            "stands": row.event in self._gathered.objections_standing,
        }

    def restriction(self, row: rights.Restriction) -> dict[str, Any]:
        return {
            "ground": row.ground,
            "classes": self._all("classes", row.classes) or "all",
            "at": _at(row),
            **(self._value(row.event, "@statement", "statement") if row.statement else {}),
            "lifted_at": row.lifted_at.isoformat() if row.lifted_at else None,
        }

    def laws(self) -> list[str | None]:
        """The laws that protect the person, as the policy names them."""
        return self._all("regimes", applying(self._policy, self._determined))

    def holder(self, holder: holders.Holder) -> dict[str, Any]:
        reference = self._names.of(holder.recipient)
        listed = self._policy.recipients.get(code := reference.code or "")
        named: dict[str, Any] = {"name": reference.name}
        if holder.recipient is None and holder.disclosures:
            named = self._value(holder.disclosures[0].event, "@unlisted", "name")
        return {
            **named,
            "kind": listed.kind if listed else None,
            "sub_processors": self._all("recipients", sub_processors(self._policy, code)),
            "disclosures": [self._disclosure(row) for row in holder.disclosures],
            "standing_access": [
                {
                    "classes": self._all("classes", access.classes),
                    "purpose": self.purpose(access.purpose),
                    "country": self._labels.label("countries", access.country),
                    "since": access.since.isoformat(),
                }
                for access in holder.standing
            ],
            "orders": [{"at": _at(order), **wording.order_words(order)} for order in holder.orders],
        }

    def _disclosure(self, row: disclosures.Disclosure) -> dict[str, Any]:
        return {
            "at": _at(row),
            "items": self._all("attributes", [item.attribute for item in row.items]),
            "purpose": self.purpose(row.purpose),
            "ground": self._labels.label("disclosure_grounds", row.ground),
            "country": self._labels.label("countries", row.country),
            "safeguard": self._labels.label("safeguards", row.safeguard),
            "channel": self._labels.label("channels", row.channel),
        }

    def run(self, part: processing.Participation) -> dict[str, Any]:
        return {
            "run": str(part.run.run),
            "purpose": self.purpose(part.run.purpose),
            "service": self._labels.label("services", part.run.service),
            "attributes": self._all("attributes", part.run.attributes),
            "steps": [
                {"step": step.step, "at": _at(step), "why": self._rule(step.rule)}
                for step in part.steps
            ],
        }

    def claim(self, row: claims.Claim) -> dict[str, Any]:
        view = claim_view(row, self._labels, row.event in self._gathered.claims_in_force)
        return {
            "ground": view.ground_label,
            "law": self._labels.label("laws", row.law),
            "classes": [
                {"class": self._labels.label("classes", c.class_), "scope": c.scope}
                for c in row.covers
            ],
            "until": row.until.isoformat() if row.until else None,
            "decided_by": self._labels.label("roles", row.decided_by),
            "in_force": view.in_force,
        }

    def erasure(self, report: erasure_reports.ErasureReport) -> dict[str, Any]:
        view = report_view(report, self._labels, self._names).model_dump(mode="json")
        kept = ("erasure", "whole", "erased_at", "closed_at")
        parts = ("erased_here", "ordered_elsewhere", "retained")
        statement = self._value(report.erasure.event, "@statement", "statement")
        asked = {"asked_at": _at(report.erasure)}
        return asked | {name: view[name] for name in kept + parts} | statement

    def look(self, row: Opening) -> dict[str, Any]:
        return {
            "actor": str(row.by),
            "kind": row.by_kind,
            "function": self._labels.label("functions", row.function),
            "reason": self._labels.label("reasons", row.reason),
            "purpose": self.purpose(row.purpose),
            "ground": self._labels.label("disclosure_grounds", row.ground),
            "access": row.access,
            "attributes": self._all("attributes", row.attributes),
            "at": row.recorded_at.isoformat(),
        }

    def _value(self, event: UUID, field: str, name: str) -> dict[str, Any]:
        """`{name: …}`, with `erased` beside it once the key is destroyed."""
        number = self._gathered.places.get((event, field))
        value, erased = self._gathered.envelopes.content(number)
        if erased is None:
            return {name: value}
        return {name: None, "erased": {"position": erased.position, "at": erased.at.isoformat()}}

    def _all(self, section: str, codes: Sequence[str]) -> list[str | None]:
        return [self._labels.label(section, code) for code in codes]

    def _rule(self, code: str | None) -> str | None:
        if code is None:
            return None
        listed = RULES.get(code)
        return listed.says if listed else self._labels.label("reasons", code)


def _at(row: Fact) -> str:
    """When it happened in the world."""
    return row.occurred_at.isoformat()
