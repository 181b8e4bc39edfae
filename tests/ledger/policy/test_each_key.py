"""Every single key of a document, removed, retyped or misspelt, is named with its line."""

from __future__ import annotations

import copy
import os
from typing import Any

import pytest

from ledger.errors import PolicyInvalid
from ledger.policy import document
from ledger.policy.model import PolicyDocument
from tests.ledger.policy.faults import (
    DATA,
    DOCUMENTS,
    OPTIONAL,
    SINGLE,
    Fault,
    faults,
    meaning,
    outcome,
    paths,
    text,
    written,
)

ALL = float(os.environ.get("LEDGER_TEST_SCALE", "1")) >= 10
"""At scale 1 one key of each meaning and one other type of value, at 10 every key of both documents
and every other type: some minutes."""

FAULTS = list(faults(every_key=ALL, every_type=ALL))


def shown(fault: Fault) -> str:
    value = f"={fault.value!r}"[:12] if fault.kind == "retyped" else ""
    return f"{fault.kind}:{fault.document}:{'.'.join(fault.path)}{value}"


def refusal(candidate: str) -> PolicyInvalid:
    with pytest.raises(PolicyInvalid) as caught:
        document.load(candidate)
    return caught.value


def mentioned(data: Any, word: str) -> bool:
    """Whether a word stands somewhere as a value."""
    if isinstance(data, dict):
        return any(mentioned(value, word) for value in data.values())
    if isinstance(data, list):
        return any(mentioned(value, word) for value in data)
    return bool(data == word)


@pytest.mark.parametrize("fault", FAULTS, ids=shown)
def test_a_fault_is_named(fault: Fault) -> None:
    """The author is told the key, its line, the rule and the remedy, in words of ours.

    What is required is missed by name; what is optional may go unless something rests on it.
    """
    candidate = text(fault)
    came, error = outcome(fault, candidate)
    assert came in ("named", "harmless"), error
    if error is None:
        return
    assert error.facts["rule"] and error.facts["remedy"]
    assert "pydantic" not in error.sentence
    line = candidate.splitlines()[int(error.facts["line"]) - 1].strip()
    if fault.kind == "retyped":  # where it stands, not where it matters
        inside = ("-", *map(str, fault.value)) if isinstance(fault.value, dict | list) else ()
        assert line.startswith((f"{fault.path[-1]}:", *inside))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_id_that_is_named_cannot_be_removed(name: str) -> None:
    """Every place that named it names nothing now."""
    named = [
        path
        for path in paths(DATA[name])
        if len(path) == 2 and path[0] not in SINGLE and mentioned(DATA[name], path[1])
    ]
    for path in named if ALL else named[::5]:
        error = refusal(text(Fault(name, path, "removed")))
        assert error.facts["rule"].startswith(f"{path[1]} is not in ")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_renamed_id_leaves_no_reference_behind(name: str) -> None:
    """An id that something names cannot be renamed alone: the place that names it is shown."""
    tried = 0
    for path in [path for path in paths(DATA[name]) if len(path) == 2 and path[0] not in SINGLE]:
        if not mentioned(DATA[name], path[1]):
            continue
        data = copy.deepcopy(DATA[name])
        data[path[0]] = {
            (f"{key}x" if key == path[1] else key): value for key, value in data[path[0]].items()
        }
        error = refusal(written(data))
        assert error.facts["rule"].startswith(f"{path[1]} is not in ")
        tried += 1
        if tried == 20 and not ALL:
            break
    assert tried >= 20


def test_the_documents_use_every_key_there_is() -> None:
    """So that the tests above have met each of them."""
    met = {meaning(path) for data in DATA.values() for path in paths(data)}
    assert met >= OPTIONAL
    assert set(PolicyDocument.model_fields) <= met
    assert met >= set(known_keys())


def known_keys() -> list[str]:
    """Every key of the model, in the way of `meaning`."""
    schema = PolicyDocument.model_json_schema(by_alias=True)
    return [path for name in schema["properties"] for path in below(schema, name)]


def below(schema: dict[str, Any], section: str) -> list[str]:
    found: list[str] = []
    walk(schema, schema["properties"][section], (section,), found)
    return found


def walk(schema: dict[str, Any], part: dict[str, Any], at: tuple[str, ...], to: list[str]) -> None:
    to.append(".".join(at))
    for one in (part, *part.get("anyOf", ())):
        inside = schema["$defs"][one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        for name, field in inside.get("properties", {}).items():
            walk(schema, field, (*at, name), to)
        for entry in entries(inside):
            walk(schema, entry, (*at, "*"), to)


def entries(part: dict[str, Any]) -> list[dict[str, Any]]:
    """What the ids of a section hold."""
    patterned = list(part.get("patternProperties", {}).values())
    free = part.get("additionalProperties")
    return patterned or ([free] if isinstance(free, dict) else [])
