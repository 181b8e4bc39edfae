"""One ledger and what should be true of it: whatever is done is foretold, done, and compared.

Every act is explained first ("may I?"), then done; the log is read back, and what died, what is
held, what was refused and what is irregular is held against the naive model (`person.py`,
`precedence.py`, `rules.py`, `ends.py`).
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter, defaultdict
from itertools import count
from typing import Any, NamedTuple
from uuid import UUID

from ledger import events
from ledger.application import Ledger
from ledger.command import Command
from ledger.config import Settings
from ledger.errors import LedgerError
from ledger.mapper import entry_of
from ledger.policy import document
from ledger.policy.rules import RULES
from ledger.store.append import Answer
from tests.ledger.sweeps import Time
from tests.stories.any_order.ends import Deaths
from tests.stories.any_order.facts import Account
from tests.stories.any_order.person import Held, Person, Slot

REFUSALS = (
    events.CollectionRefused,
    events.CommandRefused,
    events.DisclosureRefused,
    events.RunRefused,
)
NO_GRANT = {"purpose-prohibited", "purpose-unlisted", "notice-unlisted", "subject-erased"}
"""What a told consent is refused for: it could be a grant of nothing."""


def _commands(kind: type[Command] = Command) -> dict[str, type[Command]]:
    found = {}
    for one in kind.__subclasses__():
        if "NAME" in vars(one):
            found[one.NAME.replace("-", "_")] = one
        found |= _commands(one)
    return found


class Done(NamedTuple):
    """What became of an act."""

    answer: Answer | None
    error: str | None
    bodies: list[events.Event]

    @property
    def rules(self) -> set[str]:
        return set(self.answer.rules) if self.answer else set()

    @property
    def recorded(self) -> bool:
        return self.answer is not None and self.answer.outcome == "recorded"


class Game:
    """The ledger, the model of it, and a generator of chances."""

    def __init__(self, settings: Settings, text: str, seed: object) -> None:
        self.settings, self.text, self.latest, self.seed = settings, text, text, seed
        self.rng = random.Random(f"{seed}")
        self.time = Time()
        self.time.passes(days=40)  # what is published counts at once: its delay is over already
        self.processes = [Ledger.open(settings, self.time) for _ in range(2)]
        self.policy = document.load(text)
        self.people: dict[UUID, Person] = {}
        self.accounts: dict[UUID, Account] = {}
        self.known: dict[str, dict[str, Any]] = {}
        self.texts: dict[str, None] = {}
        self.trace: list[tuple[Any, ...]] = []
        self.acts: Counter[str] = Counter()
        self.numbers = count(1)
        self.kids: dict[bytes, tuple[UUID, Slot]] = {}
        self.claims: dict[UUID, dict[UUID, events.ClaimPlaced]] = defaultdict(dict)
        self.orders: dict[tuple[UUID, UUID], list[UUID]] = {}
        self.died: Deaths = set()
        self.foretold: Deaths = set()
        self.rules: Counter[str] = Counter()
        self.deaths: Counter[str] = Counter()
        self._commands = _commands()
        genesis = self.ledger.recorder.genesis()
        assert genesis is not None
        self.by = genesis.actor_stream
        self.function: str | None = None
        self.staff: dict[UUID, str | None] = {}
        self.position = self.ledger.recorder.last()[0]
        for function in (*list(self.policy.functions)[:3], None, None):
            actor = self.do("register_actor", kind="staff", function=function)
            assert actor.answer is not None
            self.staff[actor.answer.ids["actor"]] = function

    @property
    def ledger(self) -> Ledger:
        """One of two that know nothing of each other but the log."""
        return self.rng.choice(self.processes)

    def close(self) -> None:
        """Let go of them."""
        for process in self.processes:
            process.close()

    # ---- doing ------------------------------------------------------------------------------

    @property
    def today(self) -> dt.date:
        return self.time().date()

    def command(self, name: str, fields: dict[str, Any]) -> Command:
        """The command of this name, by whoever acts now."""
        given = {"by": self.by, "key": f"{self.seed}-{next(self.numbers)}"} | fields
        return self._commands[name](**given)

    def do(self, act: str, /, **fields: Any) -> Done:
        """Explain it, do it, and see that both say the same and that the log says so, too."""
        command = self.command(act, fields)
        said = self._explained(command) if act != "publish_policy" else None
        answer, error = None, None
        try:
            answer = self.ledger.submit(command).result(60)
        except LedgerError as struck:
            error = type(struck).__name__
        done = self._done(command, answer, error)
        if said is not None:
            came = (answer.outcome, frozenset(answer.rules)) if answer else (error, frozenset())
            plain = {"done": "recorded"}.get(str(said[0]), said[0]), said[1]
            assert plain == came, ("explain and the act disagree", act, said, came)
        return done

    def batch(self, acts: list[tuple[str, dict[str, Any]]]) -> list[Answer | str]:
        """Many at once; each has its own answer."""
        commands = [self.command(name, fields) for name, fields in acts]
        found: list[Answer | str] = []
        for receipt in self.ledger.batch(commands):
            try:
                found.append(receipt.result(60))
            except LedgerError as struck:
                found.append(type(struck).__name__)
        for command, answer in zip(commands, found, strict=True):
            self._note(command.NAME, answer)
        self._absorb(self._since(), {})
        return found

    def again(self, command: Command, answer: Answer) -> None:
        """The same command twice is one answer."""
        assert self.ledger.submit(command).result(60) == answer
        assert self.ledger.recorder.last()[0] == self.position, "a repetition was written"

    def _explained(self, command: Command) -> tuple[str, frozenset[str]]:
        try:
            said = self.ledger.explainer().command(command)
        except LedgerError as struck:
            return type(struck).__name__, frozenset()
        return said.outcome, frozenset(finding.rule for finding in said.findings)

    def _done(self, command: Command, answer: Answer | None, error: str | None) -> Done:
        entries = self._since()
        bodies = [entry.body for entry in entries]
        self._note(command.NAME, answer or str(error))
        if answer is None or answer.outcome == "unchanged":
            assert not entries, ("written for nothing", command.NAME, error)
        if answer is not None and answer.outcome == "refused":
            self._refused(command, answer, bodies)
        if answer is not None and answer.outcome == "recorded" and answer.rules and command.TOLD:
            self._irregular(answer, bodies)
        self._absorb(entries, self._given(command))
        if self.rng.random() < 0.03 and answer is not None:
            self.again(command, answer)
        return Done(answer, error, bodies)

    def _note(self, name: str, answer: Answer | str) -> None:
        self.acts[name] += 1
        if isinstance(answer, str):
            self.trace.append((name, answer))
        else:
            rules = tuple(sorted(answer.rules))
            self.rules.update(rules)
            self.trace.append((name, answer.outcome, rules, tuple(sorted(answer.ids))))

    def _since(self) -> list[events.Entry]:
        rows = self.ledger.recorder.select_rows(self.position, 5_000)
        entries = [entry_of(row) for row in rows]
        if entries:
            self.position = entries[-1].position
        return entries

    # ---- what the log says ------------------------------------------------------------------

    def _refused(self, command: Command, answer: Answer, bodies: list[events.Event]) -> None:
        """A refusal is a fact that names a rule; what was done is never refused for a rule."""
        facts = [body for body in bodies if isinstance(body, REFUSALS)]
        assert facts and len(facts) == len(bodies), ("a refusal is no fact", command.NAME)
        rules = {finding.rule for body in facts for finding in body.findings}
        assert rules == set(answer.rules) and rules and rules <= set(RULES), rules
        by_withdrawal = command.NAME == "record-consent" and rules & NO_GRANT
        assert not command.TOLD or by_withdrawal, ("told, and refused", command.NAME, rules)

    def _irregular(self, answer: Answer, bodies: list[events.Event]) -> None:
        """What was told and broke a rule has an owner and a clock."""
        found = [body for body in bodies if isinstance(body, events.IrregularityFound)]
        rules = {finding.rule for body in found for finding in body.findings}
        assert rules == set(answer.rules), ("not marked", answer.rules, rules)
        policy = self.policy.irregularities
        until = self.today + dt.timedelta(days=policy.days)
        assert {(body.owner, body.due) for body in found} <= {(policy.owner, until)}

    def _given(self, command: Command) -> dict[tuple[str, int], str]:
        """The texts a command brings, by attribute and number."""
        texts: dict[tuple[str, int], str] = {}
        numbers: Counter[str] = Counter()
        for value in getattr(command, "values", ()):
            numbers[value.attribute] += 1
            texts[value.attribute, numbers[value.attribute]] = value.value
        return texts

    def _absorb(self, entries: list[events.Entry], texts: dict[tuple[str, int], str]) -> None:
        for entry in entries:
            if isinstance(entry.body, events.SubjectRegistered):
                self.people[entry.stream] = Person(entry.stream)
            person = self.people.get(entry.stream)
            if person is not None:
                self._take(person, entry, texts)

    def _take(self, person: Person, entry: events.Entry, texts: dict[tuple[str, int], str]) -> None:
        body = entry.body
        for key in body.minted:
            slot = (key.class_, key.scope)
            person.keys[slot] = (bytes(key.kid), body.occurred_at.date())
            self.kids[bytes(key.kid)] = (person.id, slot)
        self.died |= {self.kids[bytes(dead.kid)] for dead in body.dead}
        self._take_besides(person, entry)
        match body:
            case events.DataCollected() | events.DataCorrected():
                for item in body.items:
                    self._take_item(person, entry, item, texts)
            case events.ClaimPlaced():
                self.claims[person.id][body.claim] = body
            case events.ClaimReleased():
                self.claims[person.id].pop(body.claim, None)
            case events.DataErased():
                given = self.orders.setdefault((person.id, body.erasure), [])
                given += [order.order for order in body.orders]

    def _take_besides(self, person: Person, entry: events.Entry) -> None:
        """Services joined, stages gone through, and orders that no erasure gave."""
        body = entry.body
        joins = events.SubjectRegistered | events.DataCollected | events.ConsentGiven
        if isinstance(body, joins) and body.service is not None:
            person.joined[entry.event] = body.service
        if isinstance(body, events.DisclosureAuthorised):
            person.staged[entry.event] = (body.recipient, body.ground, body.stage)
        elif isinstance(body, events.DisclosureRecorded):
            person.staged[entry.event] = (body.recipient, None, body.stage)
        elif not isinstance(body, events.DataErased):
            for order in getattr(body, "orders", ()):
                person.ordered[order.order] = entry.event

    def _take_item(
        self,
        person: Person,
        entry: events.Entry,
        item: Any,
        texts: dict[tuple[str, int], str],
    ) -> None:
        replaces = None
        if isinstance(item, events.CorrectedItem):
            replaces = (item.replaces_event, item.replaces_number)
        slot, kid = (item.class_, item.scope), bytes(item.value.kid)
        text, source = texts[item.attribute, item.number], entry.body.source
        born = person.keys.get(slot)
        if born is not None and born[0] == kid:  # its period counts from the newest value
            person.keys[slot] = (kid, max(born[1], entry.body.occurred_at.date()))
        person.values.append(
            Held(entry.event, item.number, item.attribute, slot, kid, source, text, replaces)
        )

    # ---- after each step --------------------------------------------------------------------

    def settle(self) -> None:
        """What died is what was foretold, and nothing else; and what lives is what should."""
        assert self.died == self.foretold, (
            "dead, and should not be", self.died - self.foretold,
            "alive, and should not be", self.foretold - self.died,
        )  # fmt: skip
        self.died, self.foretold = set(), set()
        self.orders.clear()
