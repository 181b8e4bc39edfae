"""Invented lives: the events of one person, sealed under real keys, ready to be loaded.

Ids are a function of seed, person and number, so the same seed gives the same people; keys and
nonces are random, as everywhere. The events are those that the commands would have written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple
from uuid import UUID

from api.bench.cast import Cast
from ledger import events
from ledger.events import (
    CollectedItem,
    Digest,
    DisclosedItem,
    Entry,
    Event,
    KeyId,
    MintedKey,
    Moment,
)
from ledger.sealing import Sealed
from ledger.store.append import Birth, Lookup
from ledger.vault.vault import Sealer, Vault

START = Moment(2025, 1, 1, tzinfo=dt.UTC)
_SPAN = 15_000_000
"""s that the lives are spread over: less than a month before a year has passed."""

PATTERN = "GSDDDDCK"
"""What follows registration and first collection, over and over: consent (given, then withdrawn),
switch (off, then on), disclosure, collection of one value, claim (opening, where it is not due)."""


def identifier(seed: int, person: int, number: int) -> UUID:
    """The id of a person's event; number 0 is the person."""
    drawn = b"%d/%d/%d" % (seed, person, number)
    return UUID(bytes=hashlib.blake2b(drawn, digest_size=16).digest(), version=4)


class Told(NamedTuple):
    """One event of a life, with the keys born in it and the look-ups it draws."""

    entry: Entry
    births: list[Birth]
    lookups: list[Lookup]


class Life:
    """One person, told event by event."""

    def __init__(self, cast: Cast, vault: Vault, seed: int, person: int, pattern: str) -> None:
        self.stream = identifier(seed, person, 0)
        self._cast = cast
        self._vault = vault
        self._seed = seed
        self._person = person
        self._pattern = pattern
        self._sealer: Sealer = vault.sealer(self.stream)
        self._lookups: list[Lookup] = []
        self._collected: dict[str, UUID] = {}
        self._common: dict[str, Any] = {
            "by": cast.actor,
            "by_kind": "system",
            "controller": cast.policy.primary_controller,
            "policy": cast.version,
        }

    def told(self, count: int) -> Iterator[Told]:
        """The first `count` events of the life, versions 1 and up."""
        for version in range(1, count + 1):
            event = identifier(self._seed, self._person, version)
            born = len(self._sealer.births)
            self._lookups = []
            kind, fields = self._event(version, event)
            births = self._sealer.births[born:]
            minted = tuple(
                MintedKey(KeyId(b.kid), Digest(b.commitment), b.class_, b.scope, b.generation)
                for b in births
            )
            occurred = START + dt.timedelta(seconds=(self._person * 97 + version) % _SPAN)
            fields |= {"schema": kind.SCHEMA, "occurred_at": occurred, "minted": minted}
            body = kind(**self._common, **fields)
            yield Told(Entry(self.stream, version, event, body), births, self._lookups)

    # ---- what happens -----------------------------------------------------------------------

    def _event(self, version: int, event: UUID) -> tuple[type[Event], dict[str, Any]]:
        script = self._cast.script
        if version == 1:
            where = script.registration
            return events.SubjectRegistered, {"service": where.service, "source": where.source}
        if version == 2:
            return self._collection(event, version, script.collection.values)
        turn, step = divmod(version - 3, len(self._pattern))
        match self._pattern[step]:
            case "G":
                return self._consent(given=turn % 2 == 0)
            case "S":
                return self._switch("off" if turn % 2 == 0 else "on")
            case "D":
                return self._disclosure(event, version)
            case "C":
                return self._collection(
                    event, version, {script.later.attribute: script.later.value}
                )
            case "K" if turn == 0 and self._person % 3 == 0:
                return self._claim(version)
            case _:
                return self._opening()

    def _collection(
        self, event: UUID, version: int, values: dict[str, str]
    ) -> tuple[type[Event], dict[str, Any]]:
        said = self._cast.script.collection
        items = tuple(self._item(event, version, *pair) for pair in values.items())
        return events.DataCollected, {
            "told": False,
            "source": said.source,
            "supplier": None,
            "notice": self._cast.collected_under,
            "service": said.service,
            "country": said.country,
            "purposes": said.purposes,
            "items": items,
            "unlisted": None,
            "findings": (),
        }

    def _item(self, event: UUID, version: int, attribute: str, template: str) -> CollectedItem:
        listed = self._cast.policy.attributes[attribute]
        value = template.format(s=self._seed, n=self._person, k=version)
        sealed = self._seal(event, attribute, listed.class_, value)
        if listed.lookup:
            self._lookups.append(
                self._vault.lookup(listed.lookup, value, sealed.kid, self.stream, listed.exclusive)
            )
        self._collected[attribute] = event
        return CollectedItem(attribute, 1, listed.class_, "", sealed)

    def _seal(self, event: UUID, field: str, class_: str, value: str) -> Sealed:
        """Under the class's key; its first value mints it, and the sealer remembers it."""
        return self._sealer.seal(event, field, class_, "", value, known=None)

    def _consent(self, *, given: bool) -> tuple[type[Event], dict[str, Any]]:
        said = self._cast.script.consent
        if not given:
            fields = {"purpose": said.purpose, "unlisted": None, "findings": ()}
            return events.ConsentWithdrawn, fields
        return events.ConsentGiven, {
            "purpose": said.purpose,
            "notice": self._cast.agreed_under,
            "service": None,
            "statement": None,
            "findings": (),
        }

    def _switch(self, state: str) -> tuple[type[Event], dict[str, Any]]:
        return events.ProcessingSwitched, {
            "purpose": self._cast.script.switch.purpose,
            "all_services": True,
            "services": (),
            "state": state,
            "findings": (),
        }

    def _disclosure(self, event: UUID, version: int) -> tuple[type[Event], dict[str, Any]]:
        said, seed = self._cast.script.disclosure, self._seed
        evidence = self._cast.policy.evidence_class
        reference = identifier(seed, self._person, -version).hex
        return events.DisclosureRecorded, {
            "disclosure": identifier(seed + 1, self._person, version),
            "authorisation": None,
            "recipient": self._cast.recipient,
            "agreement": self._cast.agreement,
            "unlisted": None,
            "purpose": said.purpose,
            "ground": said.ground,
            "ground_reference": None,
            "country": said.country,
            "safeguard": self._cast.policy.countries[said.country].safeguard,
            "channel": said.channel,
            "items": tuple(DisclosedItem(a, self._collected[a], 1) for a in said.attributes),
            "recipient_reference": self._seal(event, "@recipient_reference", evidence, reference),
            "hidden_until": None,
            "orders": (),
            "findings": (),
        }

    def _claim(self, version: int) -> tuple[type[Event], dict[str, Any]]:
        said = self._cast.script.claim
        ground = self._cast.policy.retention_grounds[said.ground]
        return events.ClaimPlaced, {
            "claim": identifier(self._seed + 2, self._person, version),
            "ground": said.ground,
            "law": ground.law,
            "covers": (events.Coverage(said.class_, "*"),),
            "until": None,
            "review": START.date() + dt.timedelta(days=700),
            "decided_by": ground.decided_by,
            "reference": None,
            "findings": (),
        }

    def _opening(self) -> tuple[type[Event], dict[str, Any]]:
        script = self._cast.script
        return events.PersonalDataOpened, {
            "access": "profile",
            "purpose": self._cast.policy.reasons[script.reason].purpose,
            "reason": script.reason,
            "function": script.function,
            "attributes": tuple(script.collection.values),
            "run": None,
            "chunk": None,
            "subjects": (),
        }
