"""Whatever happens, in any order, under either document: what POLICY.md says holds after every act.

A naive model, written from POLICY.md alone (`any_order/`), foretells each act: who may do what and by
which rule not, which keys die, what is kept and why, who is told. `LEDGER_TEST_SCALE` gives more lives;
a failure names its seed, and the same seed plays the same acts again.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.config import Settings
from ledger.genesis import create
from tests.stories.any_order import checks
from tests.stories.any_order.life import Broken, Life
from tests.stories.conftest import DOCUMENTS, Stage

ACTS = 150
"""Acts of one life."""
LIVES = max(1, int(float(os.environ.get("LEDGER_TEST_SCALE", "1"))))
"""Each in a ledger of its own."""


@pytest.mark.parametrize("seed", range(LIVES))
def test_whatever_is_done_in_any_order_the_policy_holds(stage: Stage, seed: int) -> None:
    """Two processes at once; the tables are built anew, and no value is found in clear, at the end."""
    document = DOCUMENTS[stage.document][0]
    with closing(Life(stage.settings, document, f"{stage.document}{seed}")) as life:
        life.live(ACTS)
        life.look_back(stage.settings)
        life.look_for_texts(stage.settings)


@pytest.mark.parametrize("document", list(DOCUMENTS))
def test_both_databases_give_the_same_answers(
    document: str, sqlite_settings: Settings, postgres_settings: Settings, scale: float
) -> None:
    """The same acts in the same order: outcomes, rules and what is answered besides."""
    policy = DOCUMENTS[document][0]
    lives = [_lived(settings, policy, scale) for settings in (sqlite_settings, postgres_settings)]
    assert len(lives[0]) > ACTS / 3
    assert lives[0] == lives[1]


def _lived(settings: Settings, policy: Path, scale: float) -> list[tuple[Any, ...]]:
    create(_under(settings, policy))
    with closing(Life(settings, policy, "twin")) as life:
        life.live(int(ACTS / 2 * max(1.0, scale)))
        return life.game.trace


def _under(settings: Settings, policy: Path) -> Settings:
    """The same place, with another first policy."""
    given = {name: getattr(settings, name) for name in ("home", "schema_name")}
    for name in ("database_url", "owner_url"):
        secret = getattr(settings, name)
        given[name] = secret.get_secret_value() if secret else None
    return Settings(**given, policy=policy)


@pytest.mark.parametrize("lie", ["kept", "claims", "consents"])
def test_a_model_that_says_something_else_is_found_out(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, lie: str
) -> None:
    """The same lives fail as soon as what the model foretells is not what the ledger does."""
    create(sqlite_settings)
    wrong: dict[str, Any] = {
        "kept": lambda *_: None,
        "claims": lambda *_: [],
        "consents": lambda *_: True,
    }
    monkeypatch.setattr(checks.Person, lie, wrong[lie])
    life = Life(sqlite_settings, DOCUMENTS["shipped"][0], "liar")
    with closing(life), pytest.raises(Broken):
        life.live(4 * ACTS)
