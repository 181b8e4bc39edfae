"""A ledger with the default policy, on either database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.application import Ledger
from ledger.config import Settings
from ledger.genesis import create
from tests.ledger.world import World


@pytest.fixture
def ledger(store_settings: Settings) -> Iterator[Ledger]:
    """A fresh ledger; its policy is the default one."""
    create(store_settings)
    opened = Ledger.open(store_settings)
    yield opened
    opened.close()


@pytest.fixture
def world(ledger: Ledger) -> World:
    """The ledger with a member of staff who acts."""
    row = ledger.recorder.genesis()
    assert row is not None
    own = World(ledger, row.actor_stream)
    staff = own.do("register_actor", kind="staff", function="helpdesk-agent", name="Asha Rao")
    return World(ledger, staff.ids["actor"])
