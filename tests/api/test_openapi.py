"""The description of the API: OpenAPI 3.1, with examples, and without a word of any policy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import api as package
from api.main import build
from ledger.application import Ledger
from ledger.config import Settings
from ledger.genesis import create


@pytest.fixture
def described(sqlite_settings: Settings) -> dict[str, Any]:
    """The description."""
    create(sqlite_settings)
    ledger = Ledger.open(sqlite_settings)
    description = build(sqlite_settings, ledger=ledger).openapi()
    ledger.close()
    return description


def _operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_it_is_openapi_3_1_and_every_operation_is_named_and_told(described: dict[str, Any]) -> None:
    """Each has an id of its own and a sentence."""
    assert described["openapi"].startswith("3.1")
    ids = [operation["operationId"] for _, _, operation in _operations(described)]
    assert len(ids) == len(set(ids)) > 40
    for path, method, operation in _operations(described):
        assert operation["description"].strip().endswith("."), (path, method)


def test_every_body_has_an_example(described: dict[str, Any]) -> None:
    """A reader can copy one for every command that takes fields of its own."""
    schemas = described["components"]["schemas"]
    for path, method, operation in _operations(described):
        body = operation.get("requestBody")
        if body is None:
            continue
        schema = body["content"]["application/json"]["schema"]
        reference = schema.get("$ref", "") or schema["anyOf"][0]["$ref"]
        form = schemas[reference.rsplit("/", 1)[1]]
        assert form["additionalProperties"] is False
        assert form.get("examples") or form["title"] == "Act", (path, method)


def test_every_operation_tells_of_problems_and_keys(described: dict[str, Any]) -> None:
    """Under /v1 each has problem answers; each command takes an Idempotency-Key.

    Not a batch, whose commands have one each, nor "may I?", which does nothing.
    """
    for path, method, operation in _operations(described):
        if not path.startswith("/v1"):
            continue
        answers = operation["responses"]
        assert answers["4XX"]["content"], (path, method)
        names = {parameter["name"] for parameter in operation.get("parameters", ())}
        keyed = method != "get" and path not in ("/v1/batches", "/v1/decisions")
        assert ("Idempotency-Key" in names) == keyed, (path, method)
        assert operation["security"], (path, method)


def test_modules_stay_short() -> None:
    """One noun a file, at most 300 lines."""
    root = Path(package.__path__[0])
    long = {path.name for path in root.glob("*.py") if len(path.read_text().splitlines()) > 300}
    assert long == set()
