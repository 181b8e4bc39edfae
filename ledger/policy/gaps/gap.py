"""A gap of a document, and the questions that several laws ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ledger.policy.model import PolicyDocument
from ledger.policy.periods import at_most
from ledger.policy.uses import Purpose, Regime, Topic

_MOST_KEYS = 8


class Gap(NamedTuple):
    """An article, what the document does not say, what to write, and the places it is about."""

    article: str
    says: str
    remedy: str
    keys: tuple[str, ...] = ()

    @property
    def places(self) -> str:
        """The keys in one line, not more of them than can be read."""
        more = len(self.keys) - _MOST_KEYS
        shown = ", ".join(self.keys[:_MOST_KEYS])
        return f"{shown} and {more} more" if more > 0 else shown


Iris = tuple[str, ...]
"""By which a law is known: its own IRI first, then what documents wrote for it before."""


def regimes(document: PolicyDocument, iris: Iris) -> dict[str, Regime]:
    """The regimes of the document that are this law."""
    return {id_: one for id_, one in document.regimes.items() if one.iri in iris}


def missing_regime(document: PolicyDocument, iris: Iris, article: str) -> Iterator[Gap]:
    """Whether the document knows the law at all."""
    if not regimes(document, iris):
        yield Gap(
            article,
            "No regime is this law: its clocks and its legal bases apply to nobody.",
            f"Add it to regimes, with iri: {iris[0]}, or leave it out if the law does not apply.",
            ("regimes",),
        )


def slow(
    document: PolicyDocument, iris: Iris, field: str, limit: str, article: str
) -> Iterator[Gap]:
    """Clocks of the law's regimes that run longer than it allows."""
    for id_, one in regimes(document, iris).items():
        period: str | None = getattr(one, field)
        if period is not None and not at_most(period, limit):
            yield Gap(
                article,
                f"{period} is longer than the {limit} that the law allows.",
                f"Write {field}: {limit} or less.",
                (f"regimes.{id_}.{field}",),
            )


def silent(document: PolicyDocument, asked: Mapping[Topic, tuple[str, str]]) -> Iterator[Gap]:
    """Topics that neither a notice nor a document it links to tells people of.

    `asked`: topic → the article, and what it is in words.
    """
    told = {topic for notice in document.notices.values() for topic in notice.tells}
    for notice in document.notices.values():
        told |= {topic for id_ in notice.documents for topic in document.documents[id_].tells}
    for topic, (article, words) in asked.items():
        if topic not in told:
            yield Gap(
                article,
                f"No notice tells people {words}.",
                f"Say it in a notice, or where it links to, and write tells: [{topic}].",
                ("notices",),
            )


def bases(
    document: PolicyDocument, iris: Iris, unknown: Iterable[str]
) -> Iterator[tuple[str, Purpose]]:
    """Purposes that rest, under the regimes of this law, on a basis that it does not know."""
    known, bad = regimes(document, iris), set(unknown)
    for id_, one in document.purposes.items():
        own = [one.bases[regime].basis if regime in one.bases else one.basis for regime in known]
        if not one.ended and bad & set(own):
            yield id_, one


def special(document: PolicyDocument) -> tuple[str, ...]:
    """Attributes of a special category."""
    return tuple(f"attributes.{id_}" for id_, one in document.attributes.items() if one.special)
