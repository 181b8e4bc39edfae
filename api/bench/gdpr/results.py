"""The lines of G6: completion times by role, correctness, space."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from statistics import quantiles

from api.bench.gdpr.driver import INDEXED, LEDGER, PLAIN, Outcome
from api.bench.gdpr.records import Shape
from api.bench.gdpr.workloads import Kind
from api.bench.measure import Goal, Ratio, Store, duration, p50

COMPLETION, SPACE = 1.0, 3.5
"""The targets: no slower than plain tables; bytes in all for each byte of personal data."""

Runs = Mapping[tuple[str, str], Sequence[Outcome]]
"""(role, variant) → its repeats."""


def goals(store: Store, runs: Runs) -> Iterator[Goal]:
    """The lines of all runs of one store."""
    for (role, variant), outcomes in runs.items():
        yield _completion(store, role, variant, outcomes)
    everything = [outcome for outcomes in runs.values() for outcome in outcomes]
    yield _correctness(store, everything)
    yield _space(store, everything)


def _completion(store: Store, role: str, variant: str, outcomes: Sequence[Outcome]) -> Goal:
    recalled = "; the regulator's mix is recalled and uncorroborated" * (role == "regulator")
    indexed = p50(outcome.ratio(INDEXED) for outcome in outcomes)
    return Goal.at_most(
        f"G6-{role}-{variant}",
        store,
        f"GDPRbench {role} ({variant}), completion time",
        Ratio.of(outcome.ratio() for outcome in outcomes),
        COMPLETION,
        "times plain tables",
        measured=duration([outcome.sides[LEDGER].seconds for outcome in outcomes]),
        ceiling=duration([outcome.sides[PLAIN].seconds for outcome in outcomes]),
        note=f"{role} ({variant}): {indexed:.2f} times plain tables with every metadata column "
        f"indexed{recalled}; p50/p99 in ms, ledger | plain: {_kinds(outcomes)}",
    )


def _kinds(outcomes: Sequence[Outcome]) -> str:
    """p50 and p99 of each kind of operation, of all repeats."""
    kinds = dict.fromkeys(kind for one in outcomes for kind in one.sides[LEDGER].took)
    return ", ".join(
        f"{kind} " + " | ".join(_p50_p99(outcomes, side, kind) for side in (LEDGER, PLAIN))
        for kind in kinds
    )


def _p50_p99(outcomes: Sequence[Outcome], side: str, kind: Kind) -> str:
    took = [one * 1e3 for outcome in outcomes for one in outcome.sides[side].took[kind]]
    last = quantiles(took, n=100, method="inclusive")[98] if len(took) > 1 else took[0]
    return f"{p50(took):.2f}/{last:.2f}"


def _correctness(store: Store, outcomes: Sequence[Outcome]) -> Goal:
    """All answers of both sides, and every record of both at the end, against the model's."""
    counted = [side for outcome in outcomes for side in outcome.sides.values()]
    correct, total = sum(one.correct for one in counted), sum(one.total for one in counted)
    return Goal.at_least(
        "G6-answers",
        store,
        "GDPRbench, answers that equal the model's",
        Ratio.of([correct / total]),
        1.0,
        "of all answers",
        measured=f"{correct:,}",
        ceiling=f"{total:,}",
    )


def _space(store: Store, outcomes: Sequence[Outcome]) -> Goal:
    return Goal.at_most(
        "G6-space",
        store,
        "GDPRbench, all bytes ÷ bytes of Data, as loaded",
        Ratio.of(outcome.space() for outcome in outcomes),
        SPACE,
        "times personal bytes",
        measured=f"{p50(outcome.sides[LEDGER].bytes for outcome in outcomes) / 2**20:,.1f} MiB",
        ceiling=f"{p50(outcome.personal for outcome in outcomes) / 2**20:,.1f} MiB",
        note=f"plain tables {p50(outcome.space(PLAIN) for outcome in outcomes):.1f} times, with every "
        f"column indexed {p50(outcome.space(INDEXED) for outcome in outcomes):.1f} times",
    )


def shapes(records: int) -> tuple[Shape, Shape]:
    """The variants: as published, and with every field drawn on its own."""
    return Shape(records), Shape(records, modular=False)
