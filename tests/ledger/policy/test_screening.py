"""What is said is looked through, however deep: what is found is told without a digit, and left out."""

from __future__ import annotations

import importlib
import pkgutil
from uuid import uuid4

import msgspec
import pytest

from ledger import commands
from ledger.command import Command
from ledger.commands.collecting import Notice, RecordCollection
from ledger.commands.opening import OpenPersonalData
from ledger.commands.registering import PublishPolicy
from ledger.commands.values import Value
from ledger.events import Finding
from ledger.policy.data import Identifiers
from ledger.policy.document import DEFAULT, load
from ledger.policy.model import PolicyDocument
from ledger.policy.screening import (
    WITHHELD,
    Hit,
    findings_of,
    key_holds,
    numbers_in,
    screen,
    suspect,
    suspect_key,
)

CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
POLICY = load(DEFAULT.read_text("utf-8"))
BY = {"by": uuid4(), "key": "key-1"}


def told(*values: Value, **more: object) -> RecordCollection:
    """A collection that is told, of values that are harmless and of these."""
    harmless = Value(attribute="email-address", value="meera@example.org")
    fields = {"source": "signup-form", "country": "india", "purposes": ("account-keeping",)}
    return RecordCollection(**BY, values=(harmless, *values), **(fields | more))


def every_command() -> list[type[Command]]:
    """All there are, also those that nobody thought of here."""
    for module in pkgutil.iter_modules(commands.__path__):
        importlib.import_module(f"ledger.commands.{module.name}")
    found, left = [], [Command]
    while left:
        left += left[0].__subclasses__()
        found.append(left.pop(0))
    return [kind for kind in found[1:] if kind.__module__.startswith("ledger.")]


def test_a_value_is_left_out_and_its_place_is_told() -> None:
    """By number and field, with the attribute, the brand and the length."""
    said = told(Value(attribute="job-title", value=f"pays by {CARD}"))
    assert suspect(said)
    left, hits = screen(said, POLICY)
    assert hits == (Hit("values[1].value", "job-title", "card-number", "visa", 16),)
    assert left.values == said.values[:1]
    assert findings_of(hits) == (Finding("identifier-found", "job-title"),)


def test_of_any_other_text_a_mark_remains() -> None:
    """Also of one that should be a code, in a list and in a part of its own."""
    said = told(
        supplier=f"pay to {IBAN}",
        purposes=("account-keeping", "4111-1111-1111-1111"),
        notice=Notice(version="4111.1111.1111.1111", language="en"),
        corrections=(Value(attribute=CARD, value="x"), Value(attribute="job-title", value="y")),
    )
    left, hits = screen(said, POLICY)
    assert {(hit.place, hit.about) for hit in hits} == {
        ("supplier", "supplier"),
        ("purposes[1]", "purposes"),
        ("notice.version", "notice-version"),
        ("corrections[0].attribute", "corrections-attribute"),
    }
    assert (left.supplier, left.purposes[1]) == (WITHHELD, WITHHELD)
    assert left.notice == Notice(version=WITHHELD, language="en")
    assert left.corrections == said.corrections[1:]
    assert not any(char.isdigit() for f in findings_of(hits) for char in f"{f.rule}{f.about}")


def test_what_holds_none_is_the_same_object() -> None:
    """Suspect by its telephone number and its script, and nothing of it is touched."""
    said = told(
        Value(attribute="phone-number", value="+919876543210"),
        Value(attribute="full-name", value="मीरा कृष्णन"),
    )
    assert suspect(said)
    assert screen(said, POLICY) == (said, ())
    assert screen(said, POLICY)[0] is said
    assert not suspect(told(Value(attribute="full-name", value="Meera Krishnan")))


def _with(**identifiers: object) -> PolicyDocument:
    return POLICY.model_copy(update={"identifiers": Identifiers.model_validate(identifiers)})


def test_the_document_says_which_kinds_are_refused() -> None:
    """And which attributes only look like one; their names and notes are looked at all the same."""
    both = told(
        Value(attribute="client-number", value=CARD),
        Value(attribute="case-message", value=f"{CARD} and {IBAN}"),
    )
    only = _with(refuse=("iban",))
    assert [(h.about, h.kind) for h in screen(both, only)[1]] == [("case-message", "iban")]
    exempt = _with(exempt=("client-number",))
    assert {hit.about for hit in screen(both, exempt)[1]} == {"case-message"}
    assert screen(told(supplier=CARD), exempt)[1]
    assert numbers_in(exempt, "client-number", CARD) == ()
    assert numbers_in(POLICY, "client-number", CARD) == (
        Hit("client-number", "client-number", "card-number", "visa", 16),
    )


@pytest.mark.parametrize("key", [CARD, "order-4111111111111111", "ravi@okhdfcbank", f"to:{IBAN}"])
def test_a_callers_own_id_is_looked_at_too(key: str) -> None:
    assert suspect_key(key)
    assert key_holds(key, POLICY)


def test_a_uuid_is_no_suspect() -> None:
    """The keys of most callers cost no closer look."""
    assert not any(suspect_key(str(uuid4())) or suspect_key(uuid4().hex) for _ in range(2_000))


@pytest.mark.parametrize("kind", every_command(), ids=lambda kind: kind.__name__)
def test_every_text_of_every_command_is_looked_at(kind: type[Command]) -> None:
    """A card number put into each field that takes a text is found there; what is exempt is stored
    nowhere, or published."""
    exempt = {PublishPolicy: {"key", "text"}, OpenPersonalData: {"key", "sought"}}
    assert exempt.get(kind, {"key"}) == kind.UNSCREENED
    fields = msgspec.structs.fields(kind)
    empty = {field.name: None for field in fields}
    texts = [f.name for f in fields if "str" in str(f.type) and f.name not in kind.UNSCREENED]
    assert "controller" in texts
    for name in texts:
        value = (CARD,) if "tuple" in str(next(f for f in fields if f.name == name).type) else CARD
        said = kind(**(empty | {"key": "key-1", name: value}))
        assert suspect(said), name
        assert [hit.about for hit in screen(said, POLICY)[1]] == [name.replace("_", "-")], name
