"""What every part of the policy document is made of, and how one part names another."""

from __future__ import annotations

from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from ledger.policy.forms import Label


class Refers(NamedTuple):
    """An annotation: the id, each id of the list, or each key of the mapping, is a key of this section
    of the document."""

    section: str

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tells an editor the section."""
        return {**handler(core_schema), "x-refers-to": self.section}


class Model(BaseModel):
    """A part of the document: unknown keys are refused, nothing is guessed, nothing changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Named(Model):
    """Something that needs no more than a name: a law, a role, a function, a channel …"""

    label: Label
