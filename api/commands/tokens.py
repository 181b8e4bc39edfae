"""Bearer tokens: made here, shown once, kept as SHA-256 in the settings file."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID, uuid4

from api.commands.places import ledgers_own_actor
from ledger.config import Permission, Settings, settings_file

if TYPE_CHECKING:
    from ledger.application import Ledger

Kind = Literal["staff", "system", "agent", "authority"]


class Granted(NamedTuple):
    """A token that was made. `token` is in nobody's files: whoever is to use it keeps it."""

    token: str
    actor: UUID
    file: Path


def grant(
    ledger: Ledger,
    settings: Settings,
    *,
    kind: Kind,
    function: str | None,
    permissions: Sequence[Permission],
    name: str | None = None,
) -> Granted:
    """Register an actor and write its token to the settings file; the running server reads it at
    its next start. A crash in between leaves an actor without a token, which can do nothing.

    Raises:
        InvalidInput: the policy does not list this function.
    """
    receipt = ledger.register_actor(
        by=ledgers_own_actor(ledger), key=uuid4().hex, kind=kind, function=function, name=name
    )
    actor = receipt.result().ids["actor"]
    token = secrets.token_urlsafe(32)
    file = settings_file(settings.home) or settings.home / "settings.toml"
    _append(file, _entry(hashlib.sha256(token.encode()).hexdigest(), actor, permissions))
    return Granted(token, actor, file)


def _entry(digest: str, actor: UUID, permissions: Sequence[str]) -> str:
    listed = ", ".join(f'"{permission}"' for permission in sorted(set(permissions)))
    return f'[[tokens]]\nsha256 = "{digest}"\nactor = "{actor}"\npermissions = [{listed}]\n'


def _append(file: Path, entry: str) -> None:
    """The file with the entry at its end: the old one or the new one, never half of it; 0600."""
    before = file.read_text("utf-8").rstrip("\n") if file.exists() else ""
    content = f"{before}\n\n{entry}" if before else entry
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.urandom(8).hex()}.new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(content)
            written.flush()
            os.fsync(handle)
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
