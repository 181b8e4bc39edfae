"""The policy's sections on use: purposes, the laws they rest on, the notices and messages about them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from ledger.policy.forms import Distinct, Id, Iri, Label, Language, Period, Sha256, SomeIds, Text
from ledger.policy.part import Model, Refers

Basis = Literal[
    "consent", "contract", "legal-obligation", "vital-interest", "public-task",
    "legitimate-interest",
]  # fmt: skip
"""Why a purpose is lawful: the six of GDPR Art. 6(1), in its order."""


class Reason(Model):
    """A coded reason (to open, to annul, to release), and the purpose it serves if it does."""

    label: Label
    purpose: Annotated[Id | None, Refers("purposes")] = None


class Regime(Model):
    """A law that protects people, and its clocks: until when a request is answered, by how much
    that may be extended, and until when people are told of data that came from others.

    `volunteered`: whether what a person said unasked permits internal purposes under it (P06).
    `keep_logs`: for how long processing logs must be kept after an erasure, restricted (DPDP Rules,
    r. 8); none: not kept.
    """

    label: Label
    iri: Iri
    answer: Period
    extend: Period | None = None
    inform: Period
    volunteered: bool = True
    keep_logs: Period | None = None


class RegimeBasis(Model):
    """The legal basis of a purpose under one regime."""

    basis: Basis
    iri: Iri


class Purpose(Model):
    """What data is used for, on which legal basis, and whether a person may switch it off.

    `bases` names the basis where a regime has another one. `internal`: the company's own, for which
    it may use what people volunteer (P06). `marketing`: advertising, which nobody outside may do
    for themselves with the data (P16). `despite_restriction`: legal claims and the rights of others,
    which a restriction does not stop (GDPR Art. 18(2)). `statement`: the sentence of the policy it
    carries out.
    """

    label: Label
    basis: Basis
    iri: Iri
    required: bool
    default: Literal["on", "off"]
    classes: Annotated[SomeIds, Refers("classes")]
    assessment: Label | None = None
    bases: Annotated[Mapping[Id, RegimeBasis], Refers("regimes")] = Field(default_factory=dict)
    internal: bool = False
    marketing: bool = False
    despite_restriction: bool = False
    ended: bool = False
    """Whether it is carried out no more: its id stays, and it needs no data."""
    statement: Label | None = None


class Prohibited(Model):
    """A purpose that nothing may ever be used or passed on for, on whatever ground (P16)."""

    label: Label
    iri: Iri | None = None


Topic = Literal[
    "access", "rectification", "erasure", "restriction", "objection", "portability", "withdrawal",
    "complaint", "regulator", "data-protection-officer", "automated-decisions", "minors", "breach",
    "security-measures", "changes", "joint-control", "nomination", "opting-out", "limited-use",
    "equal-service",
]  # fmt: skip
"""What laws ask to tell people beyond purposes, recipients and periods (`ledger/policy/gaps/`)."""


class LinkedDocument(Model):
    """A published document that a notice links to, or the statement of a service of its own.

    `tells`: what it tells people of, of what laws ask.
    """

    title: Label
    url: Iri
    sha256: Sha256 | None = None
    tells: Distinct[Topic] = ()


class Notice(Model):
    """A text that people are shown, in its languages, and the purposes it tells them of.

    The documents it links to are part of it, with their hash (P30). `tells`: what the text tells
    people of besides, in every language, of what laws ask.
    """

    purposes: Annotated[SomeIds, Refers("purposes")]
    texts: Mapping[Language, Text] = Field(min_length=1)
    documents: Annotated[Distinct[Id], Refers("documents")] = ()
    tells: Distinct[Topic] = ()

    def digest(self, language: str) -> bytes:
        """SHA-256 of the published text, UTF-8.

        Raises:
            KeyError: the notice has no text in this language.
        """
        return self._digests[language]

    @cached_property
    def _digests(self) -> Mapping[str, bytes]:
        return {lang: hashlib.sha256(text.encode()).digest() for lang, text in self.texts.items()}


class Template(Model):
    """A kind of message: mandatory ones carry a required purpose, promotional ones never do (P12)."""

    label: Label
    purpose: Annotated[Id, Refers("purposes")]
    kind: Literal["mandatory", "promotional"]
