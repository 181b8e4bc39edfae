"""One class for each situation. An error says the facts and the remedy, and never a personal value.

`api/errors.py` is the one table from these to HTTP. A `code` is permanent: it is the problem's type.
"""

from __future__ import annotations

from typing import ClassVar


class LedgerError(Exception):
    """What everything here derives from: a code, one sentence with the facts, and a remedy."""

    code: ClassVar[str] = "ledger-error"
    says: ClassVar[str] = "Something went wrong."
    remedy: ClassVar[str] = "See the log of the process."

    def __init__(self, **facts: object) -> None:
        self.facts = {name: str(value) for name, value in facts.items() if value is not None}
        super().__init__(self.sentence)

    @property
    def sentence(self) -> str:
        listed = ", ".join(f"{name}: {value}" for name, value in self.facts.items())
        return f"{self.says} {self.remedy}" + (f" ({listed})" if listed else "")


# ---- what the caller can mend ------------------------------------------------------------------


class InvalidInput(LedgerError):
    """A field breaks a rule of form. Facts: field, rule."""

    code = "invalid-input"
    says = "The input is not valid."
    remedy = "Correct the field named and send it again; nothing was stored."


class MomentOutOfBounds(InvalidInput):
    """`occurred_at` lies in the future or before the ledger's bound. Facts: field, bound."""

    code = "moment-out-of-bounds"
    says = "The date lies in the future or too far in the past."
    remedy = "Give the moment it happened, not later than now."


class MomentUnreadable(InvalidInput):
    """What is given as a moment of the past is none. Facts: field, rule."""

    code = "moment-unreadable"
    says = "This is no moment of the past."
    remedy = (
        "Give a position (4711), a date, which counts whole in UTC (2026-03-01), or an instant"
        " (2026-03-01T09:30:00Z)."
    )


class MomentAhead(InvalidInput):
    """A moment of the past that has not come: of the calendar, or of the log. Facts: field, rule."""

    code = "moment-ahead"
    says = "The log has not reached this moment."
    remedy = "Give an earlier one, or leave it out to read what is known now."


class MomentNotATime(InvalidInput):
    """What was true in the world is asked at a time; a position is no time. Facts: field, rule."""

    code = "moment-not-a-time"
    says = "A position is no time of the world."
    remedy = "Give a date or an instant, or ask with `clock=known` what was known at the position."


class CommandReused(LedgerError):
    """The same actor used this command id before for something else."""

    code = "idempotency-key-reused"
    says = "This command id was used before with another body."
    remedy = "Send the first body again, or use a new id."


class StaleVersion(LedgerError):
    """The resource changed since the caller read it."""

    code = "stale-version"
    says = "The resource has changed since it was read."
    remedy = "Read it again, and repeat the change with its new ETag."


class IdentifierTaken(LedgerError):
    """An identifying value belongs to another active subject already. Facts: kind."""

    code = "identifier-taken"
    says = "This identifier belongs to another subject already."
    remedy = "Look the subject up and collect there."


class Busy(LedgerError):
    """Others kept changing the same streams; nothing was stored."""

    code = "busy"
    says = "Others kept changing the same records."
    remedy = "Try again; nothing was stored."


class Overloaded(LedgerError):
    """Too many commands of this process are unanswered; this one was not taken. Facts: waiting."""

    code = "overloaded"
    says = "The ledger has more to do than it can take on."
    remedy = "Send it again in a moment; nothing was stored."


# ---- what is not there -------------------------------------------------------------------------


class NotFound(LedgerError):
    """There is nothing of this kind with this id. Facts: kind, id."""

    code = "not-found"
    says = "There is nothing with this id."
    remedy = "Check the id."


class SubjectErased(LedgerError):
    """Nothing is left to open, and what was asked for needs something. Facts: subject."""

    code = "subject-erased"
    says = "This subject's data was erased."
    remedy = "A person who returns is registered as a new subject."


# ---- who may -----------------------------------------------------------------------------------


class NotAuthenticated(LedgerError):
    """No token, or one that nobody was given."""

    code = "not-authenticated"
    says = "The request carries no valid token."
    remedy = "Send `Authorization: Bearer …` with a token from the settings file."


class NotPermitted(LedgerError):
    """The actor's permissions do not cover this. Facts: permission."""

    code = "not-permitted"
    says = "This token does not have the permission."
    remedy = "Ask for a token with the permission named."


# ---- what stops the ledger ---------------------------------------------------------------------


class UnknownFormat(LedgerError):
    """A sealed value starts with a byte this ledger does not know; a newer one wrote it."""

    code = "unknown-format"
    says = "A sealed value has a format this version does not know."
    remedy = "Update the software."


class UnknownEvent(LedgerError):
    """An event's topic or schema is not known here. Facts: topic, schema."""

    code = "unknown-event"
    says = "An event is not known to this version."
    remedy = "Update the software; nothing is skipped."


class Tampered(LedgerError):
    """A key row or a sealed value is not what was written. Facts: where (vault or value), kid."""

    code = "tampered"
    says = "A stored value or key was altered."
    remedy = "Keep the database as it is and call whoever answers for it: this is an alarm."


class KeyLost(LedgerError):
    """A key is gone, and no event says that it was destroyed. Facts: kid."""

    code = "key-lost"
    says = "A key is missing and no event says it was destroyed."
    remedy = "Restore the vault from its backup: this is an alarm, not an erasure."


class KeyServiceUnavailable(LedgerError):
    """The key service does not answer, so nothing can be opened or sealed."""

    code = "key-service-unavailable"
    says = "The key service does not answer."
    remedy = "Check LEDGER_KEYRING and its permissions; nothing is lost and nothing was stored."


class KeyNotAlive(LedgerError):
    """An erasure names a key that the vault does not hold alive; nothing was stored."""

    code = "key-not-alive"
    says = "The erasure names a key that is not alive."
    remedy = "Nothing was erased or stored; read the subject again."


class StoreUnavailable(LedgerError):
    """The database does not answer, or lost the connection; what was sent is certainly not stored."""

    code = "store-unavailable"
    says = "The database does not answer; the command was not stored."
    remedy = "Try again with the same command id."


class NotStorable(LedgerError):
    """The database refuses a row of this command, and of it alone. Facts: constraint, sqlstate.

    Never the database's own sentence: it may quote the row.
    """

    code = "not-storable"
    says = "The database refuses this command; nothing of it was stored."
    remedy = "The same command will be refused again: report it with what is in the log."


class OutcomeUnknown(LedgerError):
    """The database was lost while it committed, and could not be asked in time what it did."""

    code = "outcome-unknown"
    says = "The database was lost while it stored the command."
    remedy = "Send the same command id again: the answer tells what was stored."


class ProjectionLagging(LedgerError):
    """The read side did not reach the position in time. Facts: position."""

    code = "projection-lagging"
    says = "The projections have not reached this position yet."
    remedy = "Ask again later; is `ledger project` running?"


class ClockSkew(LedgerError):
    """Database and process clocks differ by more than 5 seconds (formats.md §4). Facts: seconds."""

    code = "clock-skew"
    says = "The clocks of database and process differ by more than 5 seconds."
    remedy = "Set the clocks; nothing was stored."


class UnsafeSettings(LedgerError):
    """A setting would break a promise of the ledger. Facts: setting, why."""

    code = "unsafe-settings"
    says = "The settings are not safe."
    remedy = "Change the setting named; nothing was started."


class NotMigrated(LedgerError):
    """The database has no ledger, or an older schema."""

    code = "not-migrated"
    says = "The database has no ledger of this version."
    remedy = "Run `ledger migrate` as the owner."


class PolicyInvalid(LedgerError):
    """A policy document breaks the rules of its form. Facts: line, key, rule."""

    code = "policy-invalid"
    says = "The policy document is not valid."
    remedy = "Correct the key named (`ledger policy check` names all); nothing was published."
