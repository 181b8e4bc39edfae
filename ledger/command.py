"""What every command has in common: who wants it, the caller's own id for it, and when it happened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from ledger.desk import Desk
    from ledger.policy.model import PolicyDocument


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something an actor wants done or says was done. `key` is the actor's own id for it.

    The same actor and key twice is the same answer and one event. `told` says whether the act is
    reported as done (stored with findings) or asked for (refused when it breaks a rule).
    """

    NAME: ClassVar[str]
    TOLD: ClassVar[bool] = False
    RENEWS: ClassVar[bool] = False  # whether what other decisions keep in memory is old after it
    HEAVY: ClassVar[bool] = False  # whether deciding it takes so long that others must not wait
    UNSCREENED: ClassVar[frozenset[str]] = frozenset({"key"})  # texts that are stored nowhere: only
    # these are not looked through for numbers of cards and accounts (the key is, by itself)
    LATER: ClassVar[frozenset[str]] = frozenset()  # fields not in its body while they are empty

    by: UUID
    key: str
    occurred_at: dt.datetime | None = None
    on_behalf_of: UUID | None = None
    controller: str | None = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # a command holds personal values: never printed

    def stream(self) -> UUID | None:
        """The stream it changes, so that one process decides one command a stream at a time."""
        return None

    def person(self) -> UUID | None:
        """The data subject it is about: its field `subject`, if it has one."""
        subject: UUID | None = getattr(self, "subject", None)
        return subject

    def recipients(self) -> Collection[str]:
        """Codes of the recipients it will look at, to be read ahead."""
        return ()

    def seals_under(self, policy: PolicyDocument) -> Collection[str]:
        """Classes it is likely to seal under, whose living keys are read ahead. Other keys are read
        when they are needed."""
        return (policy.evidence_class,)

    def withholds(self) -> bool:
        """Whether it is taken without the numbers of cards and accounts in it, and not refused for
        them: what is told, and whatever a person may always ask for (see `ledger/guarding.py`)."""
        return self.TOLD

    def weight(self) -> int:
        """About how many bytes a heavy one holds; of the others the body is counted."""
        return 1_000

    def decide(self, desk: Desk) -> None:
        """Draft what happens on the desk. Raises a LedgerError for input that cannot be right."""
        raise NotImplementedError

    def body(self) -> bytes:
        """The canonical body: sorted keys, with the command's name, without the caller's own id."""
        fields = msgspec.structs.asdict(self)
        del fields["key"]
        for name in self.LATER:  # so that a command of before is the same when it is repeated
            if fields[name] is None:
                del fields[name]
        fields["command"] = self.NAME
        return msgspec.json.encode(fields, order="sorted")
