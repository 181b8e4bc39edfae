"""GDPRbench against the ledger, beside plain tables with the same metadata: goal G6.

    run(place, size, repeats)          four roles, two variants; `size` records, 1,000 operations

Each role (controller, customer, processor, regulator: `workloads.py`) runs on records loaded afresh,
in the published form (`compat`) and with independently drawn fields (`realistic`). Every answer of
every side must equal that of a model in memory. The regulator's mix is **recalled** from the paper
and corroborated by nothing; no file for it was ever shipped.

A record is a collection in the stream of its person. The fields in the ledger:

    key         the slot's scope: the document id, which the caller knows as it knows `key17`
    PUR         the collection's purpose
    USR         the data subject whose stream it is
    TTL         the retention class of the slot: one class a lifetime
    SRC         the collection's source
    OBJ DEC     in the record's sealed value, with Data (and with TTL and SRC, which later words may
    ACL SHR     change): these names are opaque. `obj37` is no purpose or service to be switched off,
    CAT         `shr4` was given nothing; so they are data, and no decision heeds them
    Data        the record's sealed value

The operations in the ledger (READ… include: on record before a value is opened, once a session):

    INSERT               RecordCollection; registers a person not known so far, bears one key
    READ, READMETAUSER   the person's standing values (of one document), under an opening of their own
    READMETAPURPOSE      the purpose's collections, opened in bulk: a processing run and its chunks of
                         ≤ 1,000 people, for those the session has not opened
    UPDATE               RecordCollection with a correction (Art. 16): DataCorrected
    UPDATEMETAUSER       RecordCollection: one DataCollected, a sealed word in each record's slot
    UPDATEMETAPURPOSE    PublishPolicy: the purpose's notice says the new value. One event however
                         many records; readers give a record the last word by position, its own or
                         its purpose's
      … of USR           no statement moves a value to another person's keys: records are opened,
                         collected in the other stream and erased in their own, one by one in batches
    DELETE, DELETEMETA…  RequestErasure of the records' slots: exactly their keys die
    verifyTTL            erasure of every slot whose class's lifetime is over, as one batch
    readLog, system logs the newest entries of the audit trail, complete and without a gap
    verify-deletion      the key states: every key the record was ever sealed under is dead

`docs/decisions/0015-gdprbench.md` says why.
"""

from __future__ import annotations

from api.bench.gdpr.driver import Outcome, run_role
from api.bench.gdpr.growth import growth
from api.bench.gdpr.results import goals, shapes
from api.bench.gdpr.workloads import MIXES
from api.bench.measure import Goal
from api.bench.places import Place
from api.commands import console

OPERATIONS = 1_000
"""Operations of a run, as in the shipped files."""

PUBLISHED = 10_000
"""Records of a run at most, as in the shipped files; a larger size is what the p50 are compared at."""


def run(place: Place, size: int, repeats: int, operations: int = OPERATIONS) -> list[Goal]:
    """The lines of G6. Beyond 10,000 records the mixes run at 10,000, and the p50 of single
    operations at `size` records are compared with theirs."""
    records = min(size, PUBLISHED)
    runs: dict[tuple[str, str], list[Outcome]] = {}
    wanted = [
        (role, shape, repeat)
        for repeat in range(repeats)
        for shape in shapes(records)
        for role in MIXES
    ]
    with console.progress("gdprbench") as moved:
        for number, (role, shape, repeat) in enumerate(wanted):
            moved(number, len(wanted))
            outcome = run_role(place, shape, role, operations, seed=repeat)
            runs.setdefault((role, shape.variant), []).append(outcome)
        moved(len(wanted), len(wanted))
    lines = list(goals(place.store, runs))
    return lines + (growth(place, records, size, repeats) if size > records else [])
