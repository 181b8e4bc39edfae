"""A sitting: what the commands of one batch are decided with. One moment, one policy, one reading.

What a command relies on it still expects by itself, so that a sitting that goes on too long costs a
second decision and never a wrong one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ledger.actor import Actor
from ledger.command import Command
from ledger.errors import InvalidInput, NotFound
from ledger.moment import occurred
from ledger.recipient import Recipient
from ledger.store.append import Expect
from ledger.vault.vault import Vault

if TYPE_CHECKING:
    from ledger.reading import Ahead, Reading


class Sitting:
    """What desks share; of one thread. Nothing in it is changed by a decision."""

    def __init__(
        self, reading: Reading, vault: Vault, now: dt.datetime, ahead: Ahead | None = None
    ) -> None:
        """`ahead`: what was read of streams before, for all of its commands."""
        self.reading = reading
        self.vault = vault
        self.now = now
        self.today = now.date()
        self.ahead = ahead or {}
        self.policy, version = reading.policy()
        self.policy_version = Expect(reading.policy_stream, version)
        self._actors: dict[int, Actor] = {}
        self._recipients: dict[str, Recipient] = {}

    def actor(self, actor: UUID) -> Actor:
        """An actor of the register.

        Raises:
            NotFound: nobody has this id.
        """
        state = self._actors.get(actor.int)
        if state is None:
            state = self.reading.actor(actor)
            if state is None:
                raise NotFound(actor=actor)
            self._actors[actor.int] = state
        return state

    def recipient(self, code: str) -> Recipient | None:
        """The registered recipient a code of the policy stands for, or None: asked again each time,
        for another process may register it meanwhile, and no append would find out."""
        state = self._recipients.get(code)
        if state is None:
            stream = self.reading.recipient(code)
            if stream is None:
                return None
            state = self._recipients[code] = self.reading.look(Recipient, stream, self.ahead)
        return state

    def envelope(self, command: Command) -> dict[str, Any]:
        """What every event of a command says: who acted, for whom, when, under which policy.

        Raises:
            InvalidInput, MomentOutOfBounds: a controller the policy does not list; see `occurred`.
        """
        controller = command.controller or self.policy.primary_controller
        if controller not in self.policy.controllers:
            raise InvalidInput(field="controller", rule="a controller the policy lists")
        return {
            "occurred_at": occurred(command, self.now),
            "by": command.by,
            "by_kind": self.actor(command.by).kind,
            "on_behalf_of": command.on_behalf_of,
            "controller": controller,
            "policy": self.policy_version.version,
        }
