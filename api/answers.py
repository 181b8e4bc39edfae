"""Answers: what a command came to, with what each of its rules is about.

An answer of the store holds codes alone. What they are about stands in the entries that the command
wrote, and where something stood that has no name of the policy's is found again in the command.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from api.problems import Carried
from ledger.application import Ledger
from ledger.command import Command
from ledger.errors import LedgerError
from ledger.events import Entry, Finding
from ledger.guarding import found
from ledger.mapper import entry_of
from ledger.policy.model import PolicyDocument
from ledger.store.append import Answer

_NAMELESS = "attribute-unlisted"


def entries_of(ledger: Ledger, answer: Answer) -> list[Entry]:
    """What a command wrote into its stream, read back from the log."""
    if answer.stream is None:
        return []
    rows = ledger.recorder.select_events(
        answer.stream, gt=answer.first_version - 1, lte=answer.last_version
    )
    return [entry_of(row) for row in rows]


def in_words(ledger: Ledger, command: Command, answer: Answer) -> Answer:
    """The answer with what its rules are about, and where numbers of cards or accounts stood. Reads
    the log where a rule was broken: not for the event loop."""
    if not answer.rules:
        return answer
    return Carried(
        **msgspec.structs.asdict(answer),
        hits=found(command, answer, ledger.policy),
        findings=tuple(_findings(ledger, command, answer)),
    )


def each_in_words(
    ledger: Ledger, commands: Sequence[Command | LedgerError], told: Sequence[Answer | Exception]
) -> list[Answer | Exception]:
    """The same for many; what struck a command stays as it is."""
    return [
        in_words(ledger, command, one)
        if isinstance(one, Answer) and isinstance(command, Command)
        else one
        for command, one in zip(commands, told, strict=True)
    ]


def _findings(ledger: Ledger, command: Command, answer: Answer) -> Iterator[Finding]:
    """In the order of the codes; one that no entry here tells more of stands by itself."""
    bodies = [entry.body for entry in entries_of(ledger, answer)]
    written = dict.fromkeys(one for body in bodies for one in getattr(body, "findings", ()))
    for code in answer.rules:
        told = [one for one in written if one.rule == code] or [Finding(code)]
        if code == _NAMELESS:
            places = unlisted_in(command, ledger.policy())
            told = [Finding(code, place) for place in places] or told
        yield from told


def unlisted_in(command: Command, policy: PolicyDocument) -> list[str]:
    """Where a command names attributes that the policy does not list: their places, for the names
    may be anything."""
    values, names = getattr(command, "values", ()), getattr(command, "attributes", ())
    return [
        *(
            f"values[{number}].attribute"
            for number, value in enumerate(values)
            if value.attribute not in policy.attributes
        ),
        *(
            f"attributes[{number}]"
            for number, name in enumerate(names)
            if name not in policy.attributes
        ),
    ]
