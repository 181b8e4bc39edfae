"""The order of precedence, held against a table of its own: the words of POLICY.md, line by line."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.events import Coverage, SlotName
from ledger.facts import Claim
from ledger.policy import decisions
from ledger.policy.uses import Purpose
from tests.ledger.policy.people import BILLING, CONTACT, POLICY, TODAY, Someone, placed

PURPOSE, OTHER = "debt-collection", "tax-compliance"
ASKS, NARROWS, WIDE = "india-dpdp", "eu-gdpr", "california-ccpa"
"""Regimes: the purpose needs consent under the first; P06 permits nothing under the second."""
UNASKED, ASKED = "incoming-message", "signup-form"
SPARED: Any = None


@dataclass(frozen=True)
class Case:
    """Everything that the order of precedence looks at."""

    prohibited: bool = False
    ended: bool = False
    gone: Literal["no", "asked", "done"] = "no"
    slots: tuple[Literal["ours", "theirs"], ...] = ()
    """What the data is kept for, if it is gone: this purpose, or another one's ground."""
    single: tuple[Literal["ours", "theirs"], ...] = ()
    """Of which of these an erasure was asked for by itself."""
    restricted: Literal["no", "all", "this", "another"] = "no"
    despite: bool = False
    required: bool = False
    objected: bool = False
    switch: Literal["none", "on", "off for all", "off for one"] = "none"
    basis: Literal["consent", "legitimate-interest"] = "legitimate-interest"
    regimes: tuple[str, ...] = ()
    said: bool | None = None
    default: Literal["on", "off"] = "on"
    internal: bool = False
    sources: tuple[str, ...] = ()

    @property
    def left(self) -> set[str]:
        """What is used although its erasure was asked for."""
        return set(self.slots) if self.gone != "no" else set(self.slots) & set(self.single)

    @property
    def consent_needed(self) -> bool:
        """The stricter wins: one law that asks for consent is enough. Nobody's law: the default."""
        return self.basis == "consent" or ASKS in (self.regimes or POLICY.default_regimes)

    @property
    def volunteered(self) -> bool:
        return self.internal and UNASKED in self.sources


TABLE: list[tuple[str, Callable[[Case], bool], str | None]] = [
    ("P16", lambda c: c.prohibited, "purpose-prohibited"),
    ("ended", lambda c: c.ended, "purpose-ended"),
    ("erased", lambda c: c.gone == "done" and not c.slots, "subject-erased"),
    ("asked for", lambda c: c.gone == "asked" and not c.slots, "erasure-requested"),
    (
        "restricted",
        lambda c: (
            not c.despite and (c.restricted == "all" or (c.restricted == "this" and bool(c.slots)))
        ),
        "processing-restricted",
    ),
    ("the claim's own", lambda c: c.left == {"ours"} == set(c.slots), None),
    ("only", lambda c: c.gone == "done", "retained-for-its-ground-only"),
    ("only, waiting", lambda c: c.gone == "asked", "erasure-requested"),
    ("only, by itself", lambda c: "theirs" in c.left, "erasure-requested"),
    ("required", lambda c: c.required, None),
    ("objection", lambda c: c.objected, "objected"),
    ("off for all", lambda c: c.switch == "off for all", "switched-off-for-all"),
    ("off for a service", lambda c: c.switch == "off for one", "switched-off-for-service"),
    ("withdrawn", lambda c: c.said is False, "consent-withdrawn"),
    ("consent", lambda c: c.consent_needed and c.said is True, None),
    (
        "default permits",
        lambda c: not c.consent_needed and (c.default == "on" or c.switch == "on"),
        None,
    ),
    ("source", lambda c: c.volunteered and NARROWS not in c.regimes, SPARED),
    ("narrowed", lambda c: c.volunteered, "volunteered-not-under-regime"),
    ("default, consent", lambda c: c.consent_needed, "consent-missing"),
    ("default, off", lambda c: True, "not-switched-on"),
]
"""(name, whether it speaks, what it says; None permits), the first that speaks wins."""


def by_the_table(case: Case) -> tuple[str, str | None]:
    return next((name, says) for name, speaks, says in TABLE if speaks(case))


def decided(case: Case) -> decisions.Verdict:
    """What the ledger answers."""
    listed = {
        "label": "A purpose",
        "iri": "https://example.org/purpose",
        "basis": case.basis,
        "required": case.required,
        "default": case.default,
        "classes": ("contact-data", "billing-data"),
        "assessment": "An assessment.",
        "bases": {ASKS: {"basis": "consent", "iri": "https://example.org/consent"}},
        "internal": case.internal,
        "despite_restriction": case.despite,
        "ended": case.ended,
    }
    prohibited = {PURPOSE: POLICY.prohibited["sale-of-data"]} if case.prohibited else {}
    purposes = dict(POLICY.purposes) | {PURPOSE: Purpose.model_validate(listed)}
    policy = POLICY.model_copy(update={"purposes": purposes, "prohibited": prohibited})
    slots = {"ours": CONTACT, "theirs": BILLING}
    return decisions.weigh(
        policy,
        person(case),
        PURPOSE,
        "web-site",
        TODAY,
        [slots[kept] for kept in case.slots],
        sources=case.sources,
    )


def person(case: Case) -> Someone:
    states: dict[str, Any] = {
        "none": (None, False),
        "on": ("on", False),
        "off for all": ("off", True),
        "off for one": ("off", False),
    }
    held: dict[str, Any] = {
        "no": None,
        "all": (),
        "this": tuple({"ours": "contact-data", "theirs": "billing-data"}[s] for s in case.slots),
        "another": ("helpdesk-cases",),
    }
    named = held[case.restricted] or (("helpdesk-cases",) if case.restricted == "this" else ())
    return Someone(
        erased=case.gone == "done",
        pending_erasure=case.gone == "asked",
        asked_for=tuple({"ours": CONTACT, "theirs": BILLING}[one] for one in case.single),
        consent=case.said,
        switched=states[case.switch],
        claims=[claim("outstanding-credit", CONTACT), claim("tax-record-keeping", BILLING)],
        regimes=case.regimes,
        objection=case.objected,
        restricted_classes=None if case.restricted == "no" else named,
    )


def claim(ground: str, slot: SlotName) -> Claim:
    made = placed(ground, slot)
    assert made.covers == (Coverage(slot.class_, slot.scope),)
    return made


def cases() -> st.SearchStrategy[Case]:
    return st.builds(
        Case,
        prohibited=st.sampled_from([False] * 9 + [True]),
        ended=st.sampled_from([False] * 9 + [True]),
        gone=st.sampled_from(["no", "no", "asked", "done"]),
        slots=st.lists(st.sampled_from(["ours", "theirs"]), max_size=2, unique=True).map(tuple),
        single=st.lists(st.sampled_from(["ours", "theirs"]), max_size=2, unique=True).map(tuple),
        restricted=st.sampled_from(["no", "no", "no", "all", "this", "another"]),
        despite=st.booleans(),
        required=st.sampled_from([False, False, False, True]),
        objected=st.sampled_from([False, False, False, True]),
        switch=st.sampled_from(["none", "none", "on", "on", "off for all", "off for one"]),
        basis=st.sampled_from(["consent", "legitimate-interest"]),
        regimes=st.lists(st.sampled_from([ASKS, NARROWS, WIDE]), unique=True).map(tuple),
        said=st.sampled_from([None, None, True, False]),
        default=st.sampled_from(["on", "off"]),
        internal=st.booleans(),
        sources=st.lists(st.sampled_from([UNASKED, ASKED]), unique=True).map(tuple),
    )


@given(case=cases())
@example(case=Case(prohibited=True, said=True, required=True))
@example(case=Case(regimes=(WIDE,), default="off", internal=True, sources=(UNASKED,)))
@example(case=Case(regimes=(NARROWS,), default="off", internal=True, sources=(UNASKED,)))
def test_the_first_line_of_the_table_that_speaks_decides(case: Case) -> None:
    """The same rule, or the same permission; for volunteered values it is of them alone."""
    name, says = by_the_table(case)
    verdict = decided(case)
    assert (verdict.finding and verdict.finding.rule) == says, name
    assert verdict.volunteered == (name == "source")


@pytest.mark.parametrize("line", [name for name, _, _ in TABLE])
def test_every_line_of_the_table_is_met(line: str) -> None:
    """No line is there for nothing: of a few thousand cases, some are decided by each."""
    gone, kept = ("no", "asked", "done"), ((), ("ours",), ("theirs",))
    for each in itertools.product(gone, kept, ("on", "off"), (None, True, False), ((), (WIDE,))):
        some = dict(zip(("gone", "slots", "default", "said", "regimes"), each, strict=True))
        for change in CHANGES:
            case = Case(**{**some, **change})
            if by_the_table(case)[0] == line:
                assert (decided(case).finding is None) == (by_the_table(case)[1] is None)
                return
    raise AssertionError(line)


CHANGES: list[dict[str, Any]] = [
    {},
    {"prohibited": True},
    {"ended": True},
    {"restricted": "all"},
    {"single": ("ours", "theirs")},
    {"required": True},
    {"objected": True},
    {"switch": "off for all"},
    {"switch": "off for one"},
    {"internal": True, "sources": (UNASKED,)},
    {"internal": True, "sources": (UNASKED, ASKED), "regimes": (WIDE, NARROWS)},
]


@pytest.mark.parametrize(
    "word",
    [
        {"prohibited": True},
        {"restricted": "all"},
        {"objected": True},
        {"switch": "off for all"},
        {"switch": "off for one"},
        {"said": False},
    ],
    ids=str,
)
@given(case=cases())
def test_a_protective_word_never_permits(word: dict[str, Any], case: Case) -> None:
    """What was barred without it is barred with it."""
    without, with_it = decided(case), decided(dataclasses.replace(case, **word))
    assert without.finding is None or with_it.finding is not None


@given(case=cases())
def test_the_answer_names_the_law_that_asked_for_consent(case: Case) -> None:
    """The strictest of the person's, where one makes the difference; of nobody's, a default one."""
    verdict = decided(case)
    rule = verdict.finding.rule if verdict.finding else None
    if rule == "volunteered-not-under-regime":
        assert verdict.regime == NARROWS
    elif rule in ("consent-missing", "consent-withdrawn"):
        if not case.consent_needed:
            assert (rule, verdict.regime) == ("consent-withdrawn", None)
            return
        assert verdict.regime in (case.regimes or POLICY.default_regimes)
        assert case.basis == "consent" or verdict.regime == ASKS
    else:
        assert verdict.regime is None
