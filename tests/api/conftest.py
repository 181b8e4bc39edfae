"""The API on a fresh ledger of either database, with tokens of several permissions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import get_args
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from api.main import build
from ledger.application import Ledger
from ledger.config import Permission, Settings, Token
from ledger.genesis import create
from tests.api.client import Api

GRANTS: dict[str, frozenset[str]] = {
    "everything": frozenset(get_args(Permission)),
    "somebody-else": frozenset(get_args(Permission)),
    "auditor": frozenset(get_args(Permission)),
    "site": frozenset(get_args(Permission)),
    "reader": frozenset({"subject:read"}),
    "consents": frozenset({"consent:write"}),
    "nothing": frozenset(),
}
FUNCTIONS = {"auditor": "privacy-auditor"}
"""What somebody with a token is, where it is not the help desk."""


def token_of(name: str, actor: UUID) -> Token:
    """A token whose text is its name."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Token(sha256=digest, actor=actor, permissions=GRANTS[name])  # type: ignore[arg-type]


@pytest.fixture
def served(store_settings: Settings) -> Settings:
    """A ledger with the default policy, and settings with one token for each of `GRANTS`."""
    create(store_settings)
    ledger = Ledger.open(store_settings)
    row = ledger.recorder.genesis()
    assert row is not None
    tokens = []
    for name in GRANTS:
        answer = ledger.register_actor(
            by=row.actor_stream,
            key=name,
            kind="system" if name == "site" else "staff",
            function=None if name == "site" else FUNCTIONS.get(name, "helpdesk-agent"),
        ).result()
        tokens.append(token_of(name, answer.ids["actor"]))
    ledger.close()
    return store_settings.model_copy(update={"tokens": tuple(tokens)})


@pytest.fixture
def api(served: Settings) -> Iterator[Api]:
    """The API in this process, its projector with it; errors inside would be raised here."""
    app = build(served, project=True)
    with TestClient(app, raise_server_exceptions=True) as http:
        yield Api(http, app.state.house.ledger)
