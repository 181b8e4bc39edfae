"""Who and what of a policy document plays which part: found by what it is, never by its name.

So the same acts are played under any document that has the parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ledger.commands.collecting import Notice
from ledger.policy.model import PolicyDocument

T = TypeVar("T")
NOTHING = "no-such-thing"
"""An id that no document has."""


def one(section: Mapping[str, T], fits: Callable[[T], Any]) -> str:
    """The first id of a section whose entry fits."""
    return next(id_ for id_, entry in section.items() if fits(entry))


class Cast:
    """The parts of one document."""

    def __init__(self, policy: PolicyDocument) -> None:
        self.policy = policy
        self.contact = policy.identifying_class
        self.name = one(
            policy.attributes,
            lambda a: a.class_ == self.contact and a.type == "text" and not a.lookup,
        )
        self.country = next(iter(policy.countries))
        self.form = one(policy.sources, lambda s: s.notice_required)
        self.others = one(policy.sources, lambda s: s.third_party)
        self.links = one(policy.sources, lambda s: s.followed)
        self.unasked = one(policy.sources, lambda s: s.volunteered)
        self.promotion = one(policy.templates, lambda t: t.kind == "promotional")
        self.mandatory = one(policy.templates, lambda t: t.kind == "mandatory")
        self.processor = one(policy.recipients, self._serves)
        self.required = self._purpose_of(self.processor)
        self.optional = one(
            policy.purposes, lambda p: p.basis == "consent" and not (p.marketing or p.internal)
        )

    # ---- what goes with what ------------------------------------------------------------------

    def _silent(self, purpose: str) -> bool:
        """Whether nothing stands in the way of a required purpose: it sends no messages."""
        listed = self.policy.purposes[purpose]
        sends = any(t.purpose == purpose for t in self.policy.templates.values())
        return listed.required and self.contact in listed.classes and not sends

    def _serves(self, recipient: Any) -> bool:
        plain = recipient.kind == "processor" and self.name in recipient.attributes
        return plain and any(self._silent(purpose) for purpose in recipient.purposes)

    def _purpose_of(self, recipient: str) -> str:
        return next(p for p in self.policy.recipients[recipient].purposes if self._silent(p))

    def notice(self, *purposes: str) -> Notice:
        """A notice that tells of these purposes, in the document's language."""
        version = one(self.policy.notices, lambda n: set(purposes) <= set(n.purposes))
        return Notice(version=version, language=self.policy.policy.language)

    def silent_notice(self) -> tuple[Notice, str]:
        """A notice, and a purpose it does not tell of."""
        for version, listed in self.policy.notices.items():
            for purpose in self.policy.purposes:
                if purpose not in listed.purposes and not self.policy.purposes[purpose].ended:
                    language = next(iter(listed.texts))
                    return Notice(version=version, language=language), purpose
        raise LookupError("every notice tells of everything")

    def unneeded(self) -> str:
        """A purpose that a notice tells of and that nothing else in the document names."""
        policy = self.policy
        named = {t.purpose for t in policy.templates.values()}
        named |= {r.purpose for r in policy.reasons.values() if r.purpose}
        for section in (policy.recipients, policy.retention_grounds):
            named |= {purpose for part in section.values() for purpose in part.purposes}
        told = {purpose for notice in policy.notices.values() for purpose in notice.purposes}
        return next(id_ for id_ in policy.purposes if id_ in told - named)

    def attribute(self, fits: Callable[[Any], Any]) -> str:
        """An attribute whose class fits."""
        classes = self.policy.classes
        return one(self.policy.attributes, lambda a: fits(classes[a.class_]))

    def ground(self, fits: Callable[[Any], Any]) -> str:
        """A ground for disclosure that fits."""
        return one(self.policy.disclosure_grounds, fits)

    def plain_ground(self, kind: str) -> str:
        """A ground to pass data on to this kind that asks for nothing else."""
        return self.ground(lambda g: kind in g.kinds and not (g.consent or g.reference or g.stages))

    def way(self, **changes: Any) -> dict[str, Any]:
        """A disclosure that nothing forbids, changed in these respects."""
        return {
            "recipient": self.processor,
            "purpose": self.required,
            "ground": self.plain_ground("processor"),
            "country": self.policy.recipients[self.processor].countries[0],
            "attributes": (self.name,),
        } | changes

    def way_by(self, ground: str, **changes: Any) -> dict[str, Any]:
        """A disclosure on a ground, to somebody it allows, of what they may have."""
        kinds = self.policy.disclosure_grounds[ground].kinds
        code = one(self.policy.recipients, lambda r: r.kind in kinds)
        listed = self.policy.recipients[code]
        return {
            "recipient": code,
            "purpose": listed.purposes[0],
            "ground": ground,
            "country": listed.countries[0],
            "attributes": (listed.attributes[0],),
        } | changes

    # ---- what a document can be changed to ------------------------------------------------------

    def unlike(self, section: str, names: Any) -> str:
        """An id of a section that is not among these."""
        listed: Mapping[str, Any] = getattr(self.policy, section)
        return next(id_ for id_ in listed if id_ not in names)
