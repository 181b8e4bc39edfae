"""What every part of the policy document is made of, and how one part names another."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from ledger.policy.forms import Label


class Refers(NamedTuple):
    """An annotation: the id, or each id of the list, is a key of this section of the document."""

    section: str


class Model(BaseModel):
    """A part of the document: unknown keys are refused, nothing is guessed, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Named(Model):
    """Something that needs no more than a name: a law, a role, a function, a channel …"""

    label: Label
