"""The people and codes of a benchmark: an actor, a recipient, and the words of the policy it uses."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import yaml

from ledger.application import Ledger
from ledger.commands.collecting import Notice
from ledger.events import Digest, NoticeShown
from ledger.policy.model import PolicyDocument

SCRIPT = Path(__file__).with_name("population.yaml")


class Registration(msgspec.Struct, frozen=True):
    """Where a person signs up."""

    service: str
    source: str


class Listed(msgspec.Struct, frozen=True):
    """A recipient of the policy, and the agreement it is registered with."""

    code: str
    agreement: str


class Collection(msgspec.Struct, frozen=True):
    """What is collected when a person signs up; values have `{s}` for the seed, `{n}` for the person."""

    source: str
    service: str
    country: str
    notice: Notice
    purposes: tuple[str, ...]
    values: dict[str, str]


class Later(msgspec.Struct, frozen=True):
    """One more value, with `{k}` for the number of the event."""

    attribute: str
    value: str


class Consent(msgspec.Struct, frozen=True):
    """What a person agrees to."""

    purpose: str
    notice: Notice


class Switch(msgspec.Struct, frozen=True):
    """What a person switches off and on."""

    purpose: str


class Disclosing(msgspec.Struct, frozen=True):
    """What is passed on to the recipient, and why it may be."""

    purpose: str
    ground: str
    country: str
    channel: str
    attributes: tuple[str, ...]


class Claim(msgspec.Struct, frozen=True):
    """What is kept, and on which ground."""

    ground: str
    class_: str = msgspec.field(name="class")


class Script(msgspec.Struct, frozen=True):
    """The words of `population.yaml`."""

    function: str
    recipient: Listed
    registration: Registration
    collection: Collection
    later: Later
    consent: Consent
    switch: Switch
    disclosure: Disclosing
    claim: Claim
    reason: str


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """The script, and what the ledger it is played in calls the parts."""

    script: Script
    policy: PolicyDocument
    version: int
    ledger: UUID
    actor: UUID
    recipient: UUID
    agreement: int
    collected_under: NoticeShown
    agreed_under: NoticeShown

    def disclosure(self) -> dict[str, Any]:
        """The fields of a command that authorises or records a disclosure, but for the subject."""
        fields = msgspec.structs.asdict(self.script.disclosure)
        return {"by": self.actor, "recipient": self.script.recipient.code, **fields}


def read_script() -> Script:
    """The script that comes with the benchmarks."""
    return msgspec.convert(yaml.safe_load(SCRIPT.read_text("utf-8")), Script)


def convene(ledger: Ledger) -> Cast:
    """Register the actor and the recipient by commands, as anybody would; twice is once."""
    genesis = ledger.recorder.genesis()
    assert genesis is not None  # an open ledger has one
    script = read_script()
    acting = ledger.register_actor(
        by=genesis.actor_stream, key="bench-actor", kind="system", function=script.function
    )
    actor = acting.result().ids["actor"]
    listed = script.recipient
    registered = ledger.register_recipient(
        by=actor, key="bench-recipient", code=listed.code, agreement=listed.agreement
    ).result()
    policy = ledger.policy()
    return Cast(
        script=script,
        policy=policy,
        version=ledger.policy_version(),
        ledger=genesis.ledger,
        actor=actor,
        recipient=registered.ids["recipient"],
        agreement=registered.last_version,
        collected_under=_shown(policy, script.collection.notice),
        agreed_under=_shown(policy, script.consent.notice),
    )


def _shown(policy: PolicyDocument, notice: Notice) -> NoticeShown:
    digest = policy.notices[notice.version].digest(notice.language)
    return NoticeShown(notice.version, notice.language, Digest(digest))
