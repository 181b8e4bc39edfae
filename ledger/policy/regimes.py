"""The laws that protect a person: which apply, and what the strictest of them says. Pure.

A person is protected by the regimes that were determined, as far as the document lists them, else by
the document's default ones. Where they say unlike things, the strictest counts, and is named.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, NamedTuple

from ledger.policy.model import PolicyDocument
from ledger.policy.periods import add_period
from ledger.policy.uses import Basis, Purpose

_STRICTNESS: tuple[Basis, ...] = (
    "consent", "legitimate-interest", "public-task", "contract", "legal-obligation", "vital-interest",
)  # fmt: skip
"""From what asks most of whoever processes: a word of the person, an interest or a public task that
can be objected to, a contract, a law, somebody's life."""

OBJECTED_TO: tuple[Basis, ...] = ("legitimate-interest", "public-task")
"""What people can object to (GDPR Art. 21(1)); to advertising always (Art. 21(2))."""


class Resting(NamedTuple):
    """The legal basis a purpose rests on, and the regime that says so; None where it makes no
    difference which one protects the person."""

    basis: Basis
    regime: str | None


class Clock(NamedTuple):
    """A last day, and the regime that sets it."""

    until: dt.date
    regime: str


def applying(policy: PolicyDocument, determined: Sequence[str]) -> Sequence[str]:
    """The regimes that protect a person of whom these were determined."""
    return [name for name in determined if name in policy.regimes] or policy.default_regimes


def resting(policy: PolicyDocument, purpose: Purpose, determined: Sequence[str]) -> Resting:
    """The strictest basis that the person's regimes give the purpose."""
    if not purpose.bases:
        return Resting(purpose.basis, None)
    said = [
        Resting(purpose.bases[name].basis if name in purpose.bases else purpose.basis, name)
        for name in applying(policy, determined)
    ]
    strictest = lambda one: _STRICTNESS.index(one.basis)  # noqa: E731 - of the tuple above
    return min(said, key=strictest, default=Resting(purpose.basis, None))


def narrowing(policy: PolicyDocument, determined: Sequence[str]) -> str | None:
    """A regime under which what the person said unasked permits nothing more (P06), or None."""
    listed = policy.regimes
    return next((n for n in applying(policy, determined) if not listed[n].volunteered), None)


def earliest(
    policy: PolicyDocument,
    determined: Sequence[str],
    clock: Literal["answer", "inform"],
    since: dt.date,
) -> Clock | None:
    """The last day to answer a request, or to inform, counted from a day; None without a regime."""
    listed = policy.regimes
    ends = [
        Clock(add_period(since, getattr(listed[name], clock)), name)
        for name in applying(policy, determined)
    ]
    return min(ends, default=None)
