"""Ids of the document that name nothing in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ledger.policy.model import PolicyDocument
from ledger.policy.part import Refers
from ledger.policy.problem import Path, Problem, Problems, nearest


def dangling(document: PolicyDocument) -> Problems:
    """Every id that is not a key of the section it refers to."""
    yield from _dangling(document, document, ())


def _dangling(document: PolicyDocument, part: BaseModel, path: Path) -> Problems:
    for name, field in type(part).model_fields.items():
        at = (*path, field.alias or name)
        value = getattr(part, name)
        for refers in field.metadata:
            if isinstance(refers, Refers):
                yield from _missing(document, refers.section, value, at)
        if isinstance(value, BaseModel):
            yield from _dangling(document, value, at)
        elif isinstance(value, Mapping):
            for id_, one in value.items():
                if isinstance(one, BaseModel):
                    yield from _dangling(document, one, (*at, id_))


def _missing(document: PolicyDocument, section: str, value: Any, at: Path) -> Problems:
    """`value` is an id, a list of ids, or a mapping whose keys are ids."""
    known: Mapping[str, Any] = getattr(document, section)
    if isinstance(value, Mapping):
        named = [((*at, id_), id_) for id_ in value]
    elif isinstance(value, tuple):
        named = [((*at, number), id_) for number, id_ in enumerate(value)]
    else:
        named = [(at, value)]
    for where, id_ in named:
        if id_ is not None and id_ not in known:
            yield Problem(where, f"{id_} is not in {section}", nearest(id_, known))
