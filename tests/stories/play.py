"""What can be done in a story on a ledger, in the words of its document; and what the log says of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import yaml

from ledger import events
from ledger.commands.values import Value
from ledger.config import Settings
from ledger.mapper import entry_of
from ledger.policy import document, tree
from ledger.store.append import Answer
from tests.ledger.world import World, relabelled
from tests.stories.cast import Cast

REFUSALS = (
    events.CollectionRefused,
    events.CommandRefused,
    events.DisclosureRefused,
    events.RunRefused,
)
YESTERDAY = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)


class Play(Cast):
    """Acts on one ledger. Whatever is registered stays so; every person is a new one."""

    def __init__(self, world: World, document_: Path, settings: Settings) -> None:
        self.text = document_.read_text("utf-8")
        super().__init__(document.load(self.text))
        self.world = world
        self.settings = settings
        self._numbers = count(1)
        self._registered: set[str] = set()

    def do(self, method: str, **fields: Any) -> Answer:
        return self.world.do(method, **fields)

    # ---- people and their data ------------------------------------------------------------------

    def person(self) -> UUID:
        """Somebody with a name, collected as at a sign-up."""
        subject = self.do("register_subject").ids["subject"]
        answer = self.do("collect", subject=subject, **self.coming())
        assert answer.outcome == "recorded", answer
        return subject

    def coming(self, **changes: Any) -> dict[str, Any]:
        """A collection that nothing forbids, changed in these respects."""
        return {
            "values": (self.value(self.name),),
            "source": self.form,
            "country": self.country,
            "purposes": (self.required,),
            "notice": self.notice(self.required),
        } | changes

    def clicked(self, **changes: Any) -> dict[str, Any]:
        """A followed link."""
        click = {"source": self.links, "purposes": (self.optional,), "template": self.promotion}
        return self.coming(notice=None) | click | changes

    def value(self, attribute: str, text: str | None = None) -> Value:
        """A value of an attribute; of a document or a case of its own where its class asks for one."""
        listed, number = self.policy.attributes.get(attribute), next(self._numbers)
        forms = {"amount": "12.50", "url": f"https://example.org/{number}"}
        given = text or forms.get(listed.type if listed else "", f"Words {number}")
        scope = self.policy.classes[listed.class_].scope if listed else "none"
        own = uuid4().hex if scope in ("document", "case") else None
        return Value(attribute=attribute, value=given, scope=own)

    def collect(self, told: bool, subject: UUID | None = None, **changes: Any) -> Answer:
        said = self.coming(**changes)
        return self.do(_way("collect", told), subject=subject or self.person(), **said)

    def click(self, told: bool, subject: UUID | None = None, **changes: Any) -> Answer:
        return self.collect(told, subject, **self.clicked(**changes))

    def consent(self, told: bool, subject: UUID, purpose: str, **changes: Any) -> Answer:
        method = "record_consent" if told else "give_consent"
        notice = {"notice": self.notice(purpose)}
        return self.do(method, subject=subject, purpose=purpose, **(notice | changes))

    # ---- passing on, using ----------------------------------------------------------------------

    def register(self, code: str, **fields: Any) -> None:
        """On the register, with an agreement, unless it is there."""
        if fields or code not in self._registered:
            self.do("register_recipient", code=code, **({"agreement": "agreement-1"} | fields))
            self._registered.add(code)

    def disclose(
        self,
        told: bool,
        way: dict[str, Any] | None = None,
        subject: UUID | None = None,
        **more: Any,
    ) -> Answer:
        said = way or self.way()
        if said["recipient"] in self.policy.recipients:
            self.register(said["recipient"])
        person = subject or self.person()
        method = "record_disclosure" if told else "authorise_disclosure"
        return self.do(method, subject=person, **(said | more))

    def run(self, subject: UUID | None = None, **changes: Any) -> Answer:
        """A run over one person, or as much of it as may begin."""
        said = {
            "purpose": self.required,
            "country": self.country,
            "attributes": (self.name,),
            "subjects": (subject or self.person(),),
        }
        return self.do("start_run", **(said | changes))

    # ---- documents ------------------------------------------------------------------------------

    @contextmanager
    def under(self, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
        """For a while another version of the document is in force."""
        data = tree.read(self.text).data
        change(data)
        text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
        self.do("publish_policy", text=relabelled(text))
        try:
            yield
        finally:
            self.do("publish_policy", text=relabelled(self.text))

    # ---- what the log says ----------------------------------------------------------------------

    def since(self, position: int) -> list[events.Event]:
        """The events behind a position."""
        return [entry_of(row).body for row in self.world.ledger.recorder.select_rows(position, 500)]

    def position(self) -> int:
        return self.world.ledger.recorder.last()[0]


def refused(bodies: list[events.Event]) -> set[str]:
    """The rules by which something asked for was refused, or a person left out of a run."""
    rules = {f.rule for body in bodies if isinstance(body, REFUSALS) for f in body.findings}
    return rules | {body.rule for body in bodies if isinstance(body, events.SubjectsExcluded)}


def irregular(bodies: list[events.Event]) -> set[str]:
    """The rules that something told broke, so that somebody has to look at it."""
    found = [body for body in bodies if isinstance(body, events.IrregularityFound)]
    rules = {finding.rule for body in found for finding in body.findings}
    left = [body for body in bodies if isinstance(body, events.SubjectsExcluded)]
    return rules | {body.rule for body in left if body.stage == "outcome"}


def _way(asked: str, told: bool) -> str:
    return {"collect": "record_collection"}[asked] if told else asked
