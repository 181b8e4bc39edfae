"""The mixes of the four roles, and the operations drawn from them: the same for everybody who runs.

Controller, customer and processor are the files shipped with GDPRbench. No file for the regulator
was ever shipped; its row is **recalled** from the paper's table of workloads and corroborated by
nothing: take its figures for orientation.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal, NamedTuple

from api.bench.gdpr.choosing import Choose, scrambled_zipfian, uniform
from api.bench.gdpr.records import METADATA, Shape

LONGEST_LOG = 1_000
"""Lines of the log that are asked for at most (GDPRWorkload: Uniform{1..1000})."""


class Kind(StrEnum):
    """What can be done, in GDPRbench's own words where it has one."""

    INSERT = "insert"
    READ = "read"
    READ_META_PURPOSE = "read-meta-purpose"
    READ_META_USER = "read-meta-user"
    READ_METADATA_USER = "read-metadata-user"
    UPDATE = "update"
    UPDATE_META_PURPOSE = "update-meta-purpose"
    UPDATE_META_USER = "update-meta-user"
    DELETE = "delete"
    DELETE_META_PURPOSE = "delete-meta-purpose"
    DELETE_META_USER = "delete-meta-user"
    READ_LOG = "read-log"
    VERIFY_TTL = "verify-ttl"
    VERIFY_DELETION = "verify-deletion"


class Operation(NamedTuple):
    """One operation: what it does, the record's number it goes by, and what else was drawn.

    `field` is the metadata field that an update sets to the value it has in record `k`. `length` is
    that of the log, or the most records that a reading by purpose gives, the newest (0: all; no mix
    draws it, and it is asked where no record has moved).
    """

    kind: Kind
    k: int
    field: int = 0
    length: int = 0


class Mix(NamedTuple):
    """A role's operations with their shares, and how it picks records."""

    shares: dict[Kind, float]
    distribution: Literal["uniform", "zipfian"]


MIXES = {
    "controller": Mix(
        {
            Kind.INSERT: 0.25,
            Kind.DELETE: 0.25,
            Kind.UPDATE_META_PURPOSE: 0.25,
            Kind.UPDATE_META_USER: 0.25,
        },
        "uniform",
    ),
    "customer": Mix(
        {
            Kind.READ: 0.2,
            Kind.READ_META_PURPOSE: 0.1,
            Kind.READ_META_USER: 0.1,
            Kind.UPDATE: 0.2,
            Kind.UPDATE_META_PURPOSE: 0.1,
            Kind.UPDATE_META_USER: 0.1,
            Kind.DELETE: 0.2,
        },
        "zipfian",
    ),
    "processor": Mix(
        {Kind.READ: 0.2, Kind.READ_META_PURPOSE: 0.4, Kind.READ_META_USER: 0.4}, "uniform"
    ),
    "regulator": Mix(
        {Kind.READ_METADATA_USER: 0.46, Kind.READ_LOG: 0.31, Kind.VERIFY_DELETION: 0.23}, "zipfian"
    ),
}
"""Role → mix. `regulator` is recalled, not read (see above)."""


def operations(role: str, shape: Shape, count: int, seed: int) -> Iterator[Operation]:
    """The operations of one run: once the expiry and the log, as every published run begins, and
    then `count` operations of the mix."""
    mix, source = MIXES[role], random.Random(seed)  # noqa: S311 - no secret
    last = shape.records - 1
    choose = _chooser(mix, shape, count, source)
    yield Operation(Kind.VERIFY_TTL, 0)
    yield Operation(Kind.READ_LOG, 0, length=source.randint(1, LONGEST_LOG))
    for kind in source.choices(list(mix.shares), list(mix.shares.values()), k=count):
        if kind is Kind.INSERT:
            last += 1
            yield Operation(kind, last)
        else:
            yield _drawn(kind, choose, last, source)


def _drawn(kind: Kind, choose: Choose, last: int, source: random.Random) -> Operation:
    if kind is Kind.READ_LOG:
        return Operation(kind, 0, length=source.randint(1, LONGEST_LOG))
    k = choose()
    while k > last:  # a key that will only be inserted later
        k = choose()
    changes = kind in (Kind.UPDATE_META_PURPOSE, Kind.UPDATE_META_USER)
    return Operation(kind, k, field=source.choice(METADATA) if changes else 0)


def _chooser(mix: Mix, shape: Shape, count: int, source: random.Random) -> Choose:
    """YCSB leaves room for twice the keys it expects to insert."""
    if mix.distribution == "uniform":
        return uniform(shape.records, source)
    inserted = int(count * mix.shares.get(Kind.INSERT, 0) * 2)
    return scrambled_zipfian(shape.records + inserted + 1, source)
