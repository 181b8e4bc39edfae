"""The form of a candidate as JSON Schema (draft 2020-12), so that an editor helps while it is written.

It says no more than the form: keys, types, choices, and as `x-refers-to` the section that an id is
of. Whether ids exist, and whether the document contradicts itself, `document.problems` says.
"""

from __future__ import annotations

from typing import Any

from ledger.policy.meanings import MEANINGS
from ledger.policy.model import PolicyDocument

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of a policy document as it would be published today."""
    made = PolicyDocument.model_json_schema(by_alias=True)
    made["required"] = list(made["properties"])  # of a candidate, every section
    for name, model in {"": made, **made["$defs"]}.items():
        for key, meaning in MEANINGS.get(name, {}).items():
            model["properties"][key]["description"] = meaning
    return {"$schema": DIALECT, **_plain(made)}


def _plain(part: Any) -> Any:
    """Without the titles that are made of field names, and with ids kept to their form."""
    if isinstance(part, list):
        return [_plain(one) for one in part]
    if not isinstance(part, dict):
        return part
    plain = {key: _plain(value) for key, value in part.items() if not _is_made_up(key, part)}
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    return plain


def _is_made_up(key: str, part: dict[str, Any]) -> bool:
    return key == "title" and isinstance(part[key], str) and "properties" not in part
