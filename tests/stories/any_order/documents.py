"""Random documents: one thing of the policy changes, or goes, or all is as before.

What the checker refuses is not published. What it accepts has to work with all that was recorded
under the versions before.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import yaml

from ledger.errors import LedgerError
from ledger.policy import document, tree
from tests.stories.any_order.game import Game

Data = dict[str, Any]
GOES = (
    "attributes", "purposes", "sources", "recipients", "disclosure_grounds", "retention_grounds",
    "retention_rules", "services", "regimes", "templates", "countries", "notices", "reasons",
    "member_roles", "matters", "channels", "classes", "prohibited",
)  # fmt: skip


def _goes(g: Game, data: Data) -> None:
    """An entry goes, and with it what names it in lists."""
    section = g.rng.choice(GOES)
    gone = g.rng.choice(list(data[section]))
    del data[section][gone]
    _unlist(data, gone)


def _unlist(part: Any, gone: str) -> None:
    for one in part.values() if isinstance(part, dict) else part:
        if isinstance(one, list) and gone in one and len(one) > 1:
            one.remove(gone)
        if isinstance(one, dict | list):
            _unlist(one, gone)


def _moves(g: Game, data: Data) -> None:
    """An attribute is kept with another class."""
    name = g.rng.choice(list(data["attributes"]))
    data["attributes"][name]["class"] = g.rng.choice(list(data["classes"]))


def _ends(g: Game, data: Data) -> None:
    """A class ends sooner or later, or by another clock."""
    named = [n for n, c in data["classes"].items() if c.get("ends")]
    ends = data["classes"][g.rng.choice(named)]["ends"]
    ends["after"] = g.rng.choice(("P9M", "P30M", "P20M"))
    if g.rng.random() < 0.3:
        ends["of"] = g.rng.choice(("birth", "scope-end", "account-closed"))


def _scoped(g: Game, data: Data) -> None:
    """A class is divided in another way."""
    listed = data["classes"][g.rng.choice(list(data["classes"]))]
    listed["scope"] = g.rng.choice(("none", "month", "year", "document", "case"))


def _asks(g: Game, data: Data) -> None:
    """A purpose rests on something else, or is required, off, internal or carried out no more."""
    listed = data["purposes"][g.rng.choice(list(data["purposes"]))]
    key, values = g.rng.choice((
        ("basis", ("consent", "contract", "legitimate-interest", "legal-obligation")),
        ("required", (True, False)),
        ("default", ("on", "off")),
        ("internal", (True, False)),
        ("marketing", (True, False)),
        ("ended", (True, False)),
        ("despite_restriction", (True, False)),
        ("classes", [[c] for c in data["classes"]]),
    ))  # fmt: skip
    listed[key] = g.rng.choice(list(values))
    if listed["basis"] == "legitimate-interest":
        listed.setdefault("assessment", "Weighed, 2026.")


def _protects(g: Game, data: Data) -> None:
    """Other laws protect whoever none was determined for; logs are kept, or not."""
    names = list(data["regimes"])
    data["default_regimes"] = g.rng.sample(names, g.rng.randint(1, 2))
    listed = data["regimes"][g.rng.choice(names)]
    listed["volunteered"] = g.rng.random() < 0.5
    if g.rng.random() < 0.3:
        listed["keep_logs"] = "P1Y"


def _keeps(g: Game, data: Data) -> None:
    """A rule holds other classes, of other members, or until another fact."""
    rule = data["retention_rules"][g.rng.choice(list(data["retention_rules"]))]
    ground = data["retention_grounds"][rule["ground"]]
    rule["classes"] = g.rng.sample(ground["classes"], 1)
    rule["scope"] = g.rng.choice(("document", "period", "all"))
    roles = list(data["member_roles"])
    rule["roles"] = g.rng.sample(roles, g.rng.randint(1, len(roles)))


def _as_before(g: Game, data: Data) -> None:
    """Nothing is changed."""


CHANGES: tuple[Callable[[Game, Data], None], ...] = (
    _goes, _goes, _moves, _ends, _scoped, _asks, _asks, _protects, _keeps, _as_before,
)  # fmt: skip


def publish(g: Game) -> None:
    """Another version: of the first one, or of the one in force."""
    text = g.text if g.rng.random() < 0.3 else g.latest
    data = copy.deepcopy(tree.read(text).data)
    for _ in range(g.rng.randint(1, 3)):
        g.rng.choice(CHANGES)(g, data)
    data["policy"]["label"] = f"version-{g.rng.getrandbits(64)}"
    text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
    try:
        policy = document.load(text, g.policy)
    except LedgerError:  # it contradicts itself
        return
    assert g.do("publish_policy", text=text).error is None
    g.policy, g.latest = policy, text


ACTS = {publish: 3}
