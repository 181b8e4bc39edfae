"""Standing access: a recipient can reach classes without a disclosure each (hosting, mail, backup)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from ledger.command import Command
from ledger.desk import Desk
from ledger.errors import InvalidInput, NotFound
from ledger.events import CommandRefused, StandingAccessClosed, StandingAccessOpened
from ledger.ids import new_id
from ledger.policy.decisions import Findings
from ledger.policy.standing import Reach, standing_access
from ledger.recipient import Recipient


class OpenStandingAccess(Command, frozen=True, kw_only=True):
    """May a registered recipient reach these classes, of everybody, at any time from a day on? Asked:
    refused by the rules of a disclosure, as far as they speak of no single person (P16, P17)."""

    NAME: ClassVar[str] = "open-standing-access"

    recipient: UUID
    purpose: str
    classes: tuple[str, ...]
    country: str
    since: dt.date | None = None

    def stream(self) -> UUID | None:
        return self.recipient

    def decide(self, desk: Desk) -> None:
        """Raises NotFound, and InvalidInput for classes that the policy does not list."""
        state, findings = self._findings(desk)
        if findings:
            listed = self.purpose in purposes_of(desk)
            purpose = self.purpose if listed else None
            desk.refuse(CommandRefused, state, findings, command=self.NAME, purpose=purpose)
            return
        self._open(desk, state)
        desk.done(recipient=state.id)

    def _findings(self, desk: Desk) -> tuple[Recipient, Findings]:
        state = registered(desk, self.recipient)
        if not self.classes:
            raise InvalidInput(field="classes", rule="one class, or more")
        _listed("classes", self.classes, desk.policy.classes)
        reach = Reach(self.purpose, self.classes, self.country)
        return state, standing_access(desk.policy, state.code, reach, state, desk.today)

    def _open(self, desk: Desk, state: Recipient) -> UUID:
        event = new_id()
        desk.draft(state).add(
            StandingAccessOpened,
            event,
            purpose=self.purpose,
            classes=tuple(dict.fromkeys(self.classes)),
            country=self.country,
            since=self.since or desk.today,
        )
        return event


class RecordStandingAccess(OpenStandingAccess, frozen=True, kw_only=True):
    """A registered recipient can reach these classes since a day. Told: stored with what it breaks,
    as an irregularity of that entry. What the policy has no word for cannot be told of."""

    NAME: ClassVar[str] = "record-standing-access"
    TOLD: ClassVar[bool] = True

    def decide(self, desk: Desk) -> None:
        """Raises NotFound, and InvalidInput for what the policy does not list."""
        state, findings = self._findings(desk)
        _listed("purpose", (self.purpose,), purposes_of(desk))
        _listed("country", (self.country,), desk.policy.countries)
        desk.irregular(state, self._open(desk, state), findings)
        desk.done(findings, recipient=state.id)


class CloseStandingAccess(Command, frozen=True, kw_only=True):
    """A recipient cannot reach these classes any more. Told.

    With its access what it held by it was returned or deleted (GDPR Art. 28(3)(g)): later erasures
    order nothing of it there, but what it got by disclosures.
    """

    NAME: ClassVar[str] = "close-standing-access"
    TOLD: ClassVar[bool] = True

    recipient: UUID
    classes: tuple[str, ...]
    until: dt.date | None = None

    def stream(self) -> UUID | None:
        return self.recipient

    def decide(self, desk: Desk) -> None:
        """Raises NotFound, and InvalidInput for what it does not reach, or a day to come."""
        state = registered(desk, self.recipient)
        if not self.classes or set(self.classes) - state.standing:
            raise InvalidInput(field="classes", rule="classes that it reaches")
        if self.until is not None and self.until > desk.today:
            raise InvalidInput(field="until", rule="today, or a day before")
        desk.draft(state).add(
            StandingAccessClosed,
            new_id(),
            classes=self.classes,
            until=self.until or desk.today,
        )
        desk.done(recipient=state.id)


def registered(desk: Desk, recipient: UUID) -> Recipient:
    """A recipient of the register. Raises NotFound: other streams have versions, too."""
    state = desk.look(Recipient, recipient)
    if not state.registered:
        raise NotFound(recipient=recipient)
    return state


def purposes_of(desk: Desk) -> set[str]:
    """Every purpose that the policy has a word for, also those it prohibits."""
    return {*desk.policy.purposes, *desk.policy.prohibited}


def _listed(field: str, named: Iterable[str], listed: Iterable[str]) -> None:
    if set(named) - set(listed):
        raise InvalidInput(field=field, rule="what the policy lists")
