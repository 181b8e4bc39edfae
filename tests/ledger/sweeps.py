"""A sweep under a clock of the test's own, that looks at everybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from ledger import events
from ledger.application import Ledger
from ledger.config import Settings
from ledger.due import Lately
from ledger.mapper import entry_of
from ledger.policy.brake import Clocks
from ledger.policy.model import PolicyDocument
from ledger.sweep import Swept
from tests.ledger.world import World, relabelled

HOUR = dt.timedelta(hours=1)


class Time:
    """A clock that runs, and can be set."""

    def __init__(self) -> None:
        self.ahead = dt.timedelta(0)

    def __call__(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC) + self.ahead

    def passes(self, **given: float) -> None:
        """Let so much time pass."""
        self.ahead += dt.timedelta(**given)


class Everybody:
    """All streams of a ledger, and counts from its log: what the tables of the read side would say."""

    def __init__(self, ledger: Ledger) -> None:
        self._recorder = ledger.recorder

    def _entries(self) -> Iterator[events.Entry]:
        return map(entry_of, self._recorder.select_rows(0, 100_000))

    def candidates(
        self, policies: Sequence[PolicyDocument], today: dt.date
    ) -> Iterator[Sequence[UUID]]:
        registered = (e for e in self._entries() if isinstance(e.body, events.SubjectRegistered))
        yield [entry.stream for entry in registered]

    def accounts(
        self, policies: Sequence[PolicyDocument], today: dt.date
    ) -> Iterator[Sequence[UUID]]:
        opened = (e for e in self._entries() if isinstance(e.body, events.AccountOpened))
        yield [entry.stream for entry in opened]

    def living(self) -> int:
        entries = list(self._entries())
        return sum(len(e.body.minted) - len(e.body.dead) for e in entries)

    def lately(self, since: dt.datetime) -> Lately:
        late = [e.body for e in self._entries() if e.recorded_at and e.recorded_at >= since]
        scheduled = sum(len(b.slots) for b in late if isinstance(b, events.ErasureScheduled))
        died = [b for b in late if isinstance(b, events.DataErased) and b.cause == "retention"]
        return Lately(scheduled, sum(len(body.dead) for body in died))


class Sweeping(World):
    """A world whose ledger is swept."""

    def __init__(self, settings: Settings) -> None:
        self.time = Time()
        ledger = Ledger.open(settings, self.time)
        row = ledger.recorder.genesis()
        assert row is not None
        super().__init__(ledger, row.actor_stream)
        self.by = self.staff()

    def staff(self, kind: str = "staff") -> UUID:
        """Somebody who acts."""
        return self.do("register_actor", kind=kind, function="helpdesk-agent").ids["actor"]

    def clocks(self, **other: Any) -> Clocks:
        """All three as the test's clock says; the log as it is."""
        now = self.time()
        told = self.ledger.sweep().clocks()
        return told._replace(
            **({"process": now, "database": now, "keys": now, "gap": dt.timedelta(0)} | other)
        )

    def sweep(self, *, dry: bool = False, **other: Any) -> Swept:
        """One sweep; `other`: what single clocks say instead."""
        source = Everybody(self.ledger)
        return self.ledger.sweep().run(source, dry=dry, clocks=lambda: self.clocks(**other))

    def a_day_later(self) -> Swept:
        """A sweep when what was scheduled may die."""
        self.time.passes(hours=25)
        return self.sweep()

    def agree(self, pause: UUID, by: UUID | None = None) -> str:
        """Somebody agrees that the sweep goes on; the outcome."""
        stream = self.ledger.recorder.registers("sweep")["sweep"]
        who = {"by": by} if by else {}
        return self.do("release_sweep", sweep=stream, pause=pause, **who).outcome

    def publish(self, *changes: tuple[str, str]) -> None:
        """The policy in force, with these texts replaced."""
        row = self.ledger.recorder.select_events(
            self.ledger._reading.policy_stream, desc=True, limit=1
        )
        body = entry_of(row[0]).body
        assert isinstance(body, events.PolicyPublished)
        text = body.document
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        assert self.do("publish_policy", text=relabelled(text)).outcome == "recorded"

    def deaths(self, subject: UUID) -> list[events.DataErased]:
        return self.bodies(subject, events.DataErased)

    def names(self, slots: Sequence[Any]) -> list[tuple[str, str]]:
        return [msgspec.structs.astuple(slot)[:2] for slot in slots]
