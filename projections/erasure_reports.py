"""The report of an erasure: erased here, ordered elsewhere, retained. Three parts, never one word."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection

from projections import erasures, keys, orders
from projections.erasures import Erasure, Retained
from projections.keys import KeyState
from projections.orders import HolderOrder


@dataclass(frozen=True)
class ErasureReport:
    """What became of an erasure, by the log up to the position of the projections.

    `erased` are the keys that died here, `ordered` what holders outside were told and answered,
    `retained` the slots left, on which ground, until when, and whether they died since.
    """

    erasure: Erasure
    erased: list[KeyState]
    ordered: list[HolderOrder]
    retained: list[Retained]


def report(
    connection: Connection,
    erasure: UUID,
    *,
    for_subject: bool = False,
    today: dt.date | None = None,
) -> ErasureReport | None:
    """The report of this erasure, or None when there is none."""
    found = erasures.erasure(connection, erasure)
    if found is None:
        return None
    return ErasureReport(
        erasure=found,
        erased=keys.died_by(connection, erasure),
        ordered=orders.of_erasure(connection, erasure, for_subject=for_subject, today=today),
        retained=erasures.retained_by(connection, erasure),
    )
