"""The first append of a ledger: its key epoch, itself as its own first actor, and its policy.

Positions 1 to 3, with the epoch's wrapped key, the look-up secret and the ledger's row, in one
transaction. A crash before it leaves at most a root in the key service that nothing uses.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from ledger.actor import Actor
from ledger.commands.registering import PolicyStream
from ledger.config import Settings
from ledger.errors import UnsafeSettings
from ledger.events import (
    ActorRegistered,
    Digest,
    Entry,
    EpochOpened,
    Event,
    Moment,
    PolicyPublished,
)
from ledger.mapper import row_of
from ledger.policy import document
from ledger.policy.document import DEFAULT
from ledger.store import open_recorder
from ledger.store.append import Answer, Genesis, StateRow, Submission
from ledger.store.recorder import LedgerRecorder
from ledger.vault.epochs import prepare_epoch
from ledger.vault.keyring import FileKeyring, KeyService

EPOCH = 1


def create(settings: Settings) -> bool:
    """Make the ledger the settings name, if there is none: schema, key epoch, first append.

    On PostgreSQL as its owner (`LEDGER_OWNER_URL`). Returns whether a ledger was made.
    """
    from ledger.store.migrate import migrate  # alembic is slow to load, and needed here alone

    migrate(settings)
    recorder = open_recorder(settings)
    try:
        if recorder.genesis() is not None:  # a keyring that is away must not be made anew
            return False
        text = _policy_text(settings.policy or DEFAULT)
        return open_ledger(recorder, FileKeyring.create(settings.keyring_path), text)
    finally:
        recorder.close()


def _policy_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeSettings(setting="LEDGER_POLICY", why=f"cannot read {path}") from error


def open_ledger(recorder: LedgerRecorder, key_service: KeyService, policy: str) -> bool:
    """Write the first append with this policy document, unless there is a ledger already.

    Returns: whether it was written.

    Raises:
        PolicyInvalid: the document is not valid; nothing is written.
    """
    if recorder.genesis() is not None:
        return False
    document.load(policy)
    ledger = uuid4()
    epoch = prepare_epoch(key_service, ledger, EPOCH)
    genesis = Genesis(
        ledger=ledger,
        genesis_stream=uuid4(),
        policy_stream=uuid4(),
        actor_stream=uuid4(),
        epoch=EPOCH,
        service_ref=epoch.service_ref,
        wrapped_epoch=epoch.wrapped_epoch,
        secrets=epoch.secrets,
    )
    return recorder.open_ledger(genesis, _submission(genesis, policy))


def _submission(genesis: Genesis, text: str) -> Submission:
    published = document.load(text)
    bodies: list[tuple[UUID, Event]] = [
        (
            genesis.genesis_stream,
            EpochOpened(epoch=EPOCH, service_ref=genesis.service_ref, **_envelope(genesis)),
        ),
        (
            genesis.actor_stream,
            ActorRegistered(kind="ledger", function=None, name=None, **_envelope(genesis)),
        ),
        (
            genesis.policy_stream,
            PolicyPublished(
                version=1,
                label=published.policy.label,
                effective=published.policy.effective,
                document=text,
                digest=Digest(document.digest(text)),
                **_envelope(genesis),
            ),
        ),
    ]
    entries = [Entry(stream, 1, uuid4(), body) for stream, body in bodies]
    _, acting, publishing = entries
    states = [
        Actor.fold([acting], genesis.actor_stream),
        PolicyStream.fold([publishing], genesis.policy_stream),
    ]
    return Submission(
        actor=genesis.actor_stream,
        command=genesis.ledger.bytes,
        fingerprint=bytes(16),
        epoch=EPOCH,
        answer=Answer(outcome="recorded"),
        rows=[row_of(entry) for entry in entries],
        states=[StateRow(s.id, s.version, s.FORM, s.dump()) for s in states],
    )


def _envelope(genesis: Genesis) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC)
    return {
        "occurred_at": Moment(*now.timetuple()[:6], now.microsecond, tzinfo=dt.UTC),
        "by": genesis.actor_stream,
        "by_kind": "ledger",
        "policy": 0,
    }
