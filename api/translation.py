"""How a request becomes a command: one `Translation` for each, for its own route and for batches.

A translation is a function from a checked form to a command of the ledger, with the permission it
needs and the ids that name what it is about. What is wrong with a request is found here, and told
in the same words whichever way it came.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, get_type_hints

from pydantic import TypeAdapter, ValidationError

from api.errors import names_of, of_validation
from api.guard import Caller
from api.problems import IdempotencyKeyInvalid, IdempotencyKeyMissing
from api.schemas import Act
from ledger.command import Command
from ledger.errors import NotPermitted

Common = dict[str, Any]
"""The fields that every command has."""

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,198}[\x21-\x7e])?")


class Translation(NamedTuple):
    """One kind of request. `name` is the route's operation id; `status` that of its success."""

    name: str
    permission: str
    status: int
    form: type[Act]
    ids: Mapping[str, Any]  # by name: the type, as a path says it
    make: Callable[..., Command]  # (body, common, the ids by name)

    def permit(self, caller: Caller) -> None:
        """Raises NotPermitted."""
        if self.permission not in caller.permissions:
            raise NotPermitted(permission=self.permission)

    def command(self, caller: Caller, key: str, body: Any, ids: Mapping[str, Any]) -> Command:
        """The command that a checked body says, in the name of the caller."""
        return self.make(body, common(caller, key, body), **ids)


def translation(
    permission: str, *, status: int = 200
) -> Callable[[Callable[..., Command]], Translation]:
    """A decorator: the function is how requests of its name become commands."""

    def made(make: Callable[..., Command]) -> Translation:
        hints = get_type_hints(make, include_extras=True)
        form = hints.pop("body")
        ids = {name: of for name, of in hints.items() if name not in ("common", "return")}
        return Translation(make.__name__, permission, status, form, ids, make)

    return made


def common(caller: Caller, key: str, act: Act | None = None) -> Common:
    """The fields every command has, in the name of the caller."""
    fields: Common = {"by": caller.actor, "key": key}
    if act is not None:
        fields["occurred_at"] = act.occurred_at
        fields["on_behalf_of"] = act.on_behalf_of
        fields["controller"] = act.controller
    return fields


def key_of(text: str | None) -> str:
    """The caller's own id of a command, quoted or not.

    Raises:
        IdempotencyKeyMissing, IdempotencyKeyInvalid.
    """
    if text is None:
        raise IdempotencyKeyMissing()
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not _KEY.fullmatch(text):
        raise IdempotencyKeyInvalid()
    return text


class Checker:
    """Checks a body and the texts beside it against their types; all that is wrong is told at once.

    `body`: the form of the command's own route, of which the names are told, where it is another."""

    def __init__(self, form: Any, ids: Mapping[str, Any], body: Any = None) -> None:
        self._form = TypeAdapter[Any](form).validator
        self._names = names_of(form if body is None else body)
        self._ids = {name: TypeAdapter[Any](of).validator for name, of in ids.items()}

    def __call__(self, body: Any, path: Mapping[str, str]) -> tuple[Any, dict[str, Any]]:
        """The form, and the ids.

        Raises:
            InvalidRequest, UnknownField: naming the fields, without what was sent in them.
        """
        wrong: list[Mapping[str, Any]] = []
        ids: dict[str, Any] = {}
        form = None
        for name, validator in self._ids.items():
            try:
                ids[name] = validator.validate_python(path[name])
            except ValidationError as error:
                wrong += _placed(error, ("path", name))
        if body is None:
            wrong.append({"type": "missing", "loc": ("body",)})
        else:
            try:
                form = self._form.validate_python(body, from_attributes=True)
            except ValidationError as error:
                wrong += _placed(error, ("body",))
        if wrong:
            raise of_validation(wrong, self._names)
        return form, ids


def _placed(error: ValidationError, place: tuple[str, ...]) -> list[Mapping[str, Any]]:
    """What is wrong, each with where it stood in the request."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{**wrong, "loc": (*place, *wrong["loc"])} for wrong in found]
