"""The form of a story document: what is told, in the words of the policy it is told under.

Bodies are sent as they stand: the API says whether they are right. No word of a policy is in code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

from ledger.config import Permission
from ledger.errors import InvalidInput

Role = Literal["site", "desk", "officer", "auditor"]
Body = dict[str, Any]

SHIPPED = Path(__file__).with_name("story.yaml")

PERMISSIONS: dict[Role, tuple[Permission, ...]] = {
    "site": ("subject:write", "consent:write", "disclosure:write", "processing:run"),
    "desk": ("subject:read", "claim:write", "register:write"),
    "officer": ("subject:read", "erasure:execute"),
    "auditor": ("audit:read",),
}
"""What each role's token may do: nobody can do everything."""


class Part(BaseModel):
    """A part of the story; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Sample(Part):
    """An export that is imported before the story begins; files beside the document."""

    file: str
    mapping: str


class Known(Part):
    """A recipient of the story, as it is registered, and its standing access if it has any."""

    register_as: Body
    standing: Body | None = None
    answer: Body


class Choice(Part):
    """A word of the person on a purpose."""

    purpose: str
    notice: Body
    statement: str | None = None


class Refused(Part):
    """A disclosure that is asked for and must be refused."""

    disclosure: Body
    because: str


class Use(Part):
    """Two runs over what an erasure retained: for another purpose, which is refused by a rule, and
    for the ground's own."""

    because: str
    other: Body
    own: Body


class Plot(Part):
    """One life: sign-up, consents, disclosures, a run, a claim, access, erasure, release."""

    title: str
    sample: Sample | None = None
    functions: dict[Role, str | None]
    recipients: list[Known]
    registration: Body
    collections: list[Body] = Field(min_length=1)
    agrees: Choice
    withdraws: Choice
    switches_off: dict[str, Body]
    disclosures: list[Body]
    refused: Refused
    run: Body
    claim: Body
    reads_because: str
    answers_because: str
    erasure: Body
    after_erasure: Use
    told: Body
    released_because: str

    @property
    def values(self) -> list[str]:
        """Every personal value of the story: none of them may be found in any file."""
        given = [value["value"] for body in self.collections for value in body["values"]]
        notes = [self.agrees.statement, self.withdraws.statement, self.erasure.get("statement")]
        references = [body.get("reference") for body in (*self.disclosures, self.claim)]
        contacts = [known.register_as.get("contact") for known in self.recipients]
        answers = [known.answer.get("note") for known in self.recipients]
        others = (*notes, *references, *contacts, *answers, self.told.get("note"))
        return [*given, *(text for text in others if text)]


def load(path: Path = SHIPPED) -> Plot:
    """The story in this file. Raises InvalidInput."""
    try:
        return Plot.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InvalidInput(field=path.name, rule="a story document") from error
