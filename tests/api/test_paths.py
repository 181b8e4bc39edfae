"""Finding a route by its path: the same as trying one template after another, with its ids."""

from __future__ import annotations

import pytest

from api.main import COMMANDS
from api.paths import Paths

PATHS = Paths[str]()
for _method, _template in (
    ("POST", "/v1/subjects"),
    ("POST", "/v1/subjects/{subject}/claims"),
    ("PUT", "/v1/subjects/{subject}/consents/{purpose}"),
    ("DELETE", "/v1/subjects/{subject}/consents/{purpose}"),
):
    PATHS.put(_method, _template, f"{_method} {_template}")


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/v1/subjects", ("POST /v1/subjects", {})),
        (
            "POST",
            "/v1/subjects/a/claims",
            ("POST /v1/subjects/{subject}/claims", {"subject": "a"}),
        ),
        (
            "DELETE",
            "/v1/subjects/claims/consents/consents",
            (
                "DELETE /v1/subjects/{subject}/consents/{purpose}",
                {"subject": "claims", "purpose": "consents"},
            ),
        ),
    ],
)
def test_what_is_there_is_found(
    method: str, path: str, expected: tuple[str, dict[str, str]]
) -> None:
    """By method and path; an id may be any text, also one that is a word of another path."""
    assert PATHS.find(method, path) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/subjects"),
        ("POST", "/v1/subjects/"),
        ("POST", "/v1/subjects//claims"),
        ("POST", "/v1/subjects/a/claims/"),
        ("POST", "/v1/subjects/a"),
        ("POST", "/v1/subjects/a/b/claims"),
        ("POST", "v1/subjects"),
        ("POST", "/"),
        ("POST", ""),
        ("", "/v1/subjects"),
    ],
)
def test_what_is_not_there_is_not_found(method: str, path: str) -> None:
    """Another method, a part too many, too few or without text: that is for FastAPI to answer."""
    assert PATHS.find(method, path) is None


def test_every_command_is_found_under_its_own_template() -> None:
    """No template hides another one's."""
    paths = Paths[str]()
    asked = [(method, route.path) for route in COMMANDS for method in route.methods or ()]
    for method, template in asked:
        paths.put(method, template, method + template)
    assert len(set(asked)) == len(asked) > 10
    for method, template in asked:
        found = paths.find(method, template.replace("{", "").replace("}", ""))
        assert found is not None and found[0] == method + template
