"""The JSON Schema for editors says what the checker's first step says: the form, and nothing else."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest
from pydantic import ValidationError

from ledger.policy.meanings import MEANINGS
from ledger.policy.model import PolicyDocument
from ledger.policy.schema import schema
from tests.ledger.policy.faults import DATA, Fault, faults, faulty

SCHEMA = schema()
ALL = float(os.environ.get("LEDGER_TEST_SCALE", "1")) >= 10
SAYS_NOTHING = {
    "$schema", "$defs", "title", "description", "default", "x-refers-to", "format", "examples",
}  # fmt: skip


def fits(part: dict[str, Any], data: Any) -> bool:
    """Whether data is as the schema has it; knows the keywords that ours uses, and no other."""
    asked = {key: value for key, value in part.items() if key not in SAYS_NOTHING}
    return all(ASKED[key](value, data, part) for key, value in asked.items())


def of_type(name: str, data: Any) -> bool:
    kinds: dict[str, Any] = {
        "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
        "null": type(None),
    }  # fmt: skip
    return isinstance(data, kinds[name]) and (name != "integer" or not isinstance(data, bool))


def known(part: dict[str, Any], key: str) -> dict[str, Any] | None:
    """What holds for a key of an object; None where nothing is said of it."""
    if key in part.get("properties", {}):
        return dict(part["properties"][key])
    patterned = part.get("patternProperties", {}).items()
    return next((one for pattern, one in patterned if re.search(pattern, key)), None)


ASKED: dict[str, Any] = {
    "$ref": lambda to, data, _: fits(SCHEMA["$defs"][to.rpartition("/")[2]], data),
    "anyOf": lambda parts, data, _: any(fits(one, data) for one in parts),
    "type": lambda name, data, _: of_type(name, data),
    "enum": lambda values, data, _: data in values,
    "pattern": lambda form, data, _: isinstance(data, str) and bool(re.search(form, data)),
    "minLength": lambda least, data, _: isinstance(data, str) and len(data) >= least,
    "maxLength": lambda most, data, _: isinstance(data, str) and len(data) <= most,
    "minimum": lambda least, data, _: isinstance(data, int) and data >= least,
    "maximum": lambda most, data, _: isinstance(data, int) and data <= most,
    "minItems": lambda least, data, _: isinstance(data, list) and len(data) >= least,
    "minProperties": lambda least, data, _: isinstance(data, dict) and len(data) >= least,
    "uniqueItems": lambda _, data, part: (
        not isinstance(data, list) or len({json.dumps(one) for one in data}) == len(data)
    ),
    "items": lambda one, data, _: isinstance(data, list) and all(fits(one, each) for each in data),
    "required": lambda keys, data, _: isinstance(data, dict) and not {*keys} - {*data},
    "properties": lambda parts, data, _: (
        isinstance(data, dict)
        and all(fits(parts[key], value) for key, value in data.items() if key in parts)
    ),
    "patternProperties": lambda _, data, part: (
        isinstance(data, dict)
        and all(fits(known(part, key) or {}, value) for key, value in data.items())
    ),
    "propertyNames": lambda form, data, _: (
        isinstance(data, dict) and all(fits(form, key) for key in data)
    ),
    "additionalProperties": lambda other, data, part: (
        isinstance(data, dict)
        and all(
            known(part, key) is not None or (isinstance(other, dict) and fits(other, value))
            for key, value in data.items()
        )
    ),
}


def well_formed(data: dict[str, Any]) -> bool:
    """What the checker's first step says of a candidate."""
    try:
        PolicyDocument.model_validate(data)
    except ValidationError:
        return False
    return data.keys() >= PolicyDocument.model_fields.keys()


@pytest.mark.parametrize("name", DATA)
def test_both_documents_fit(name: str) -> None:
    """As an editor would find while they are open in it."""
    assert fits(SCHEMA, DATA[name])


def shown(fault: Fault) -> str:
    return f"{fault.kind}:{fault.document}:{'.'.join(fault.path)}"


def test_the_schema_refuses_what_the_form_refuses() -> None:
    """Key by key, removed, misspelt or retyped: an editor shows exactly what a check would say first."""
    differ, refused = [], 0
    for fault in faults(every_key=False, every_type=ALL):
        data = faulty(fault)
        formed = well_formed(data)
        refused += not formed
        if fits(SCHEMA, data) != formed:
            differ.append(shown(fault))
    assert differ == []
    assert refused > 300


def test_an_editor_is_told_of_which_section_an_id_is() -> None:
    """And every other key comes with the sentence that the model has on it."""
    recipient = SCHEMA["$defs"]["Recipient"]
    assert recipient["properties"]["purposes"]["x-refers-to"] == "purposes"
    assert "Whoever may receive data" in recipient["description"]
    assert SCHEMA["required"] == list(PolicyDocument.model_fields)


def test_an_editor_shows_what_every_key_means() -> None:
    """None is without a sentence, and no sentence is of a key that is gone."""
    models = {"": SCHEMA, **SCHEMA["$defs"]}
    keys = {(name, key) for name, model in models.items() for key in model.get("properties", {})}
    told = {(name, key) for name, meant in MEANINGS.items() for key in meant}
    assert keys == told
    for name, key in keys:
        assert models[name]["properties"][key]["description"] == MEANINGS[name][key]
        assert MEANINGS[name][key].rstrip("…").strip()
