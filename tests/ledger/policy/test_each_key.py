"""Every single key of a document, removed, retyped or misspelt, is named with its line."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.errors import PolicyInvalid
from ledger.policy import document, tree

SCHOOL = Path(__file__).parents[2] / "stories" / "school.yaml"
DOCUMENTS = {"school": SCHOOL, "shipped": document.DEFAULT}
ALL = float(os.environ.get("LEDGER_TEST_SCALE", "1")) >= 10
"""At scale 1 one key of each meaning, at 10 every key of both documents: a minute."""

IDS = "*"
OPTIONAL = {
    "policy.year_starts", "controllers.*.primary", "services.*.covered", "countries.*.safeguard",
    "reasons.*.purpose", "classes.*.role", "classes.*.scope", "classes.*.identifies",
    "classes.*.keeps", "attributes.*.choices", "attributes.*.max_length", "attributes.*.lookup",
    "attributes.*.exclusive", "attributes.*.special", "purposes.*.assessment",
    "recipients.*.standing", "disclosure_grounds.*.consent", "disclosure_grounds.*.reference",
    "retention_grounds.*.law", "retention_grounds.*.period", "retention_grounds.*.review",
}  # fmt: skip
SINGLE = ("policy", "irregularities")
"""Sections whose keys are fields; in all others they are ids."""

Path_ = tuple[str, ...]


def paths(data: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every key of the document."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*at, key)
            yield from paths(value, (*at, key))


def meaning(path: Path_) -> str:
    """The path with ids left out: `classes.*.scope`."""
    parts = list(path)
    if len(parts) > 1 and parts[0] not in SINGLE:
        parts[1] = IDS
    if len(parts) > 3 and parts[2] == "texts":
        parts[3] = IDS
    return ".".join(parts)


def chosen() -> list[Any]:
    cases = []
    seen: set[str] = set()
    for name, file in DOCUMENTS.items():
        for path in paths(tree.read(file.read_text()).data):
            if ALL or meaning(path) not in seen:
                seen.add(meaning(path))
                cases.append(pytest.param(name, path, id=f"{name}:{'.'.join(path)}"))
    return cases


CASES = chosen()
DATA = {name: tree.read(file.read_text()).data for name, file in DOCUMENTS.items()}


def holder(data: Any, path: Path_) -> Any:
    for part in path[:-1]:
        data = data[part]
    return data


def written(data: Any) -> str:
    return yaml.dump(
        data, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=100_000
    )


def refusal(text: str) -> PolicyInvalid:
    with pytest.raises(PolicyInvalid) as caught:
        document.load(text)
    facts = caught.value.facts
    assert facts["rule"] and facts["remedy"]
    assert 1 <= int(facts["line"]) <= len(text.splitlines())
    assert "pydantic" not in caught.value.sentence
    return caught.value


def line_of(text: str, error: PolicyInvalid) -> str:
    return text.splitlines()[int(error.facts["line"]) - 1].strip()


def mentioned(data: Any, word: str) -> bool:
    """Whether a word stands somewhere as a value."""
    if isinstance(data, dict):
        return any(mentioned(value, word) for value in data.values())
    if isinstance(data, list):
        return any(mentioned(value, word) for value in data)
    return bool(data == word)


@pytest.mark.parametrize(("name", "path"), CASES)
def test_a_misspelt_key_is_named(name: str, path: Path_) -> None:
    """Neither a field nor an id survives an underscore too many."""
    data = copy.deepcopy(DATA[name])
    place = holder(data, path)
    renamed = {(f"{key}_" if key == path[-1] else key): value for key, value in place.items()}
    place.clear()
    place.update(renamed)
    error = refusal(written(data))
    assert error.facts["key"] in (".".join(path), f"{'.'.join(path)}_")


@pytest.mark.parametrize(("name", "path"), CASES)
def test_a_value_of_another_type_is_named(name: str, path: Path_) -> None:
    """A list, a word or a number where something else belongs is refused at that very line."""
    data = copy.deepcopy(DATA[name])
    place = holder(data, path)
    was = place[path[-1]]
    place[path[-1]] = "many" if isinstance(was, bool | int) else 7
    text = written(data)
    error = refusal(text)
    assert error.facts["key"] == ".".join(path)
    assert line_of(text, error).startswith(f"{path[-1]}:")


@pytest.mark.parametrize(("name", "path"), CASES)
def test_a_removed_key_is_named(name: str, path: Path_) -> None:
    """What is required is missed by name; what is optional may go unless something rests on it."""
    data = copy.deepcopy(DATA[name])
    place = holder(data, path)
    del place[path[-1]]
    text = written(data)
    is_id = meaning(path).endswith(IDS)
    if not is_id and meaning(path) not in OPTIONAL:
        assert refusal(text).facts["key"] == ".".join(path)
    elif is_id and mentioned(data, path[-1]):
        assert path[-1] in refusal(text).sentence
    elif is_id and not place:
        assert refusal(text).facts["key"] == ".".join(path[:-1])
    elif document.problems(text):
        refusal(text)


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


def test_the_documents_use_every_optional_key() -> None:
    """So that the tests above have met each of them."""
    met = {meaning(path) for data in DATA.values() for path in paths(data)}
    assert met >= OPTIONAL
