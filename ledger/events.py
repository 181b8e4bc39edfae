"""The vocabulary: everything that can happen, in the words of the law. Read this file first.

An event is what the ledger remembers for ever. Its stored name (TOPIC) never changes; a change of
its fields raises SCHEMA and adds an upcast in `ledger/mapper.py`. Fields hold ids minted by the
ledger, codes of the policy version named by the event, dates, counts, digests and `Sealed` values,
never a personal value in the clear. There is no logic here.

Where an event lies (stream, version, event id, recorded_at, position) is its row's, not its own:
that is an `Entry`.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta, Struct, field

from ledger.sealing import Sealed


class Moment(dt.datetime):
    """An instant in UTC with microseconds, stored as `YYYY-MM-DDThh:mm:ss.ffffffZ`."""


class Digest(bytes):
    """32 bytes of SHA-256, of a *published* text or of something salted. Base64url when stored."""


class KeyId(bytes):
    """16 bytes: the first half of a data key's commitment. Base64url when stored."""


Code = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
"""A name of the policy document (purpose, class, recipient …) or of the ledger's own rules."""
Scope = Annotated[str, Meta(pattern=r"^(|\d{4}-\d\d-\d\d|[0-9a-f]{32})$")]
"""What ends on its own: nothing (""), a period (ISO start date), a document or case (hex32)."""
ScopeOrAll = Annotated[str, Meta(pattern=r"^(\*|\d{4}-\d\d-\d\d|[0-9a-f]{32}|)$")]
"""A scope, or `*`: all scopes of the class, later ones included."""
ByKind = Literal["subject", "staff", "system", "agent", "authority", "ledger"]
ControllerRole = Literal["controller", "joint", "processor"]
EraseCause = Literal["request", "claim-ended", "retention", "resealed", "recovered"]
AccessKind = Literal["profile", "report", "chunk", "lookup"]
ExclusionStage = Literal["start", "opening", "outcome"]
HolderAnswerKind = Literal["confirmed", "refused", "not-held", "no-answer"]
SwitchState = Literal["on", "off"]
RestrictionGround = Literal["accuracy", "unlawful", "legal-claims", "objection", "log-keeping"]
"""Why processing is restricted: GDPR Art. 18(1)(a) to (d); logs kept a year (DPDP Rules, r. 8)."""
DueCause = Literal[
    "retention-ended", "consent-withdrawn", "objected", "purpose-ended", "account-closed",
    "log-year-over",
]  # fmt: skip
"""Why data is due: no purpose and no claim needs it any more, since this happened."""
PauseReason = Literal["too-many", "period-cut", "clock-jumped"]
"""What holds a sweep back: more keys than a day allows, an end that was cut to less than a tenth, or
a gap in the log as long as no clock should leave."""
AccountKind = Literal["person", "organisation"]
FactKind = Literal[
    "account-opened", "member-joined", "member-left", "quote-issued", "invoice-issued",
    "licence-generated", "licence-paid", "credit-opened", "credit-settled", "case-opened",
    "case-closed", "hold-placed", "hold-released", "account-closed",
]  # fmt: skip
"""The facts that retention looks at (POLICY.md)."""


class MintedKey(Struct, frozen=True):
    """The public half of a key's birth: `commitment` binds the key, `kid` is its first half."""

    kid: KeyId
    commitment: Digest
    class_: Code = field(name="class")
    scope: Scope
    generation: int


class DeadKey(Struct, frozen=True):
    """The public half of a key's death; `dies_with` is the newest epoch that existed then."""

    kid: KeyId
    dies_with: int


class SlotName(Struct, frozen=True):
    """A retention class and a scope: the smallest thing that can be erased alone."""

    class_: Code = field(name="class")
    scope: Scope


class Coverage(Struct, frozen=True):
    """What a claim holds: a class, and a scope of it or all of them."""

    class_: Code = field(name="class")
    scope: ScopeOrAll


class Finding(Struct, frozen=True):
    """A rule that the act breaks, and the policy's id it concerns, where there is one."""

    rule: Code
    about: Code | None = None


class NoticeShown(Struct, frozen=True):
    """The text a person was shown: its version, language, and the SHA-256 of the published text."""

    version: Code
    language: Code
    digest: Digest


def field_name(attribute: str, number: int) -> str:
    """The field a value is sealed under (formats.md §2): `id`, and `id/2` … from the second on."""
    return attribute if number == 1 else f"{attribute}/{number}"


class CollectedItem(Struct, frozen=True):
    """One value of an attribute; `number` counts the values of that attribute in this event."""

    attribute: Code
    number: int
    class_: Code = field(name="class")
    scope: Scope
    value: Sealed


class CorrectedItem(Struct, frozen=True):
    """A new value, and the item it supersedes by the event and number that brought it."""

    attribute: Code
    number: int
    class_: Code = field(name="class")
    scope: Scope
    value: Sealed
    replaces_event: UUID
    replaces_number: int


class ResealedItem(Struct, frozen=True):
    """A value that was opened and sealed anew, and the item it was opened from."""

    attribute: Code
    number: int
    class_: Code = field(name="class")
    scope: Scope
    value: Sealed
    from_event: UUID
    from_number: int


class DisclosedItem(Struct, frozen=True):
    """What was passed on, by name: the attribute, and the entry that holds the value if known."""

    attribute: Code
    event: UUID | None
    number: int

    @property
    def field(self) -> str:
        return field_name(self.attribute, self.number)


class Order(Struct, frozen=True):
    """What a holder outside is told to do with what it has of these classes: the event that gives the
    order says what (erase, correct, restrict, use it again, use it no more; GDPR Art. 19)."""

    order: UUID
    recipient: UUID | None
    disclosure: UUID | None
    classes: tuple[Code, ...]


class RetainedSlot(Struct, frozen=True):
    """A slot an erasure leaves: on which ground and law, until when, and who decides."""

    class_: Code = field(name="class")
    scope: Scope
    ground: Code
    law: Code | None
    until: dt.date | None
    review: dt.date | None
    decided_by: Code
    claim: UUID | None


class DueSlot(Struct, frozen=True):
    """A slot whose time has come: why, by the policy's retention rule or class where one says so."""

    class_: Code = field(name="class")
    scope: Scope
    cause: DueCause
    rule: Code | None


class Event(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every event says: who acted, for whom, when in the world, under which policy version."""

    TOPIC: ClassVar[str]
    SCHEMA: ClassVar[int] = 1

    schema: int = 1
    occurred_at: Moment
    by: UUID
    by_kind: ByKind
    on_behalf_of: UUID | None = None
    controller: Code | None = None
    controller_role: ControllerRole = "controller"
    system: UUID | None = None
    system_seq: int | None = None
    policy: int
    minted: tuple[MintedKey, ...] = ()
    dead: tuple[DeadKey, ...] = ()


class Entry(Struct, frozen=True):
    """An event and where it lies. `position` and `recorded_at` are 0 and None before the append.

    It is the domain event of the library's protocol: one stream is one `originator_id`.
    """

    stream: UUID
    version: int
    event: UUID
    body: Event
    position: int = 0
    recorded_at: Moment | None = None

    @property
    def originator_id(self) -> UUID:
        return self.stream

    @property
    def originator_version(self) -> int:
        return self.version


# ---- the ledger itself -------------------------------------------------------------------------


class EpochOpened(Event, frozen=True, kw_only=True):
    """A key epoch begins: from here on new data keys are wrapped under its key."""

    TOPIC = "epoch-opened"
    epoch: int
    service_ref: str


class ActorRegistered(Event, frozen=True, kw_only=True):
    """Somebody or something that acts is known from here on, by a random id and a function."""

    TOPIC = "actor-registered"
    kind: ByKind
    function: Code | None
    name: Sealed | None


class PolicyPublished(Event, frozen=True, kw_only=True):
    """A policy document is in force from here on; every later event names its version."""

    TOPIC = "policy-published"
    version: int
    label: Code
    effective: dt.date
    document: str
    digest: Digest


class RecipientRegistered(Event, frozen=True, kw_only=True):
    """Somebody outside who may receive personal data is on the register, with the agreement."""

    TOPIC = "recipient-registered"
    code: Code
    kind: Code
    agreement: Code | None
    valid_until: dt.date | None
    contact: Sealed | None


class StandingAccessOpened(Event, frozen=True, kw_only=True):
    """A recipient can reach these classes without a disclosure each (hosting, mail, backup)."""

    TOPIC = "standing-access-opened"
    purpose: Code
    classes: tuple[Code, ...]
    country: Code
    since: dt.date


class StandingAccessClosed(Event, frozen=True, kw_only=True):
    """A recipient cannot reach these classes without a disclosure each any more."""

    TOPIC = "standing-access-closed"
    classes: tuple[Code, ...]
    until: dt.date


class SweepPaused(Event, frozen=True, kw_only=True):
    """What fell due is more than a sweep may erase alone, or may have fallen due by a mistake:
    nothing dies until two people agree."""

    TOPIC = "sweep-paused"
    pause: UUID
    reason: PauseReason
    due: int
    limit: int


class SweepReleased(Event, frozen=True, kw_only=True):
    """One person agreed that a paused sweep goes on; it does when a second one has."""

    TOPIC = "sweep-released"
    pause: UUID


# ---- one person's life -------------------------------------------------------------------------


class SubjectRegistered(Event, frozen=True, kw_only=True):
    """A data subject is known from here on, by a random id that says nothing."""

    TOPIC = "subject-registered"
    service: Code | None
    source: Code | None


class DataCollected(Event, frozen=True, kw_only=True):
    """Personal data came in: asked for under a notice, or told by an import or a partner."""

    TOPIC = "data-collected"
    SCHEMA = 2
    told: bool
    source: Code | None
    template: Code | None = None
    supplier: Sealed | None
    notice: NoticeShown | None
    service: Code | None
    country: Code | None
    purposes: tuple[Code, ...]
    items: tuple[CollectedItem, ...]
    unlisted: Sealed | None
    findings: tuple[Finding, ...]


class CollectionRefused(Event, frozen=True, kw_only=True):
    """A collection that was asked for would break these rules; nothing of it was kept."""

    TOPIC = "collection-refused"
    findings: tuple[Finding, ...]


class DataCorrected(Event, frozen=True, kw_only=True):
    """Values were corrected (GDPR Art. 16); the old ones stay in the history and die with it. Holders
    outside who got them are ordered to correct them, too."""

    TOPIC = "data-corrected"
    SCHEMA = 2
    orders: tuple[Order, ...] = ()
    source: Code | None = None
    items: tuple[CorrectedItem, ...]
    findings: tuple[Finding, ...]


class DataResealed(Event, frozen=True, kw_only=True):
    """Values were opened and sealed under a case's own key; those they were opened from stay."""

    TOPIC = "data-resealed"
    account: UUID
    case: UUID
    items: tuple[ResealedItem, ...]


class ConsentGiven(Event, frozen=True, kw_only=True):
    """A person agreed to one purpose, having been shown this notice (GDPR Art. 7)."""

    TOPIC = "consent-given"
    purpose: Code
    notice: NoticeShown
    service: Code | None
    statement: Sealed | None
    findings: tuple[Finding, ...]


class ConsentWithdrawn(Event, frozen=True, kw_only=True):
    """A person took a consent back; never refused, from this event on (GDPR Art. 7(3)). Holders outside
    who got data for the purpose are ordered to use it no more."""

    TOPIC = "consent-withdrawn"
    SCHEMA = 2
    orders: tuple[Order, ...] = ()
    purpose: Code | None
    unlisted: Sealed | None
    findings: tuple[Finding, ...]


class ProcessingSwitched(Event, frozen=True, kw_only=True):
    """A purpose was switched on or off, for these services or for all of them at once."""

    TOPIC = "processing-switched"
    purpose: Code
    all_services: bool
    services: tuple[Code, ...]
    state: SwitchState
    findings: tuple[Finding, ...]


class RegimesDetermined(Event, frozen=True, kw_only=True):
    """Which laws protect this person, as the edge found out; where the person lives is sealed."""

    TOPIC = "regimes-determined"
    regimes: tuple[Code, ...]
    reason: Code | None


class ObjectionRaised(Event, frozen=True, kw_only=True):
    """A person objected to a purpose (GDPR Art. 21); never refused, from this event on."""

    TOPIC = "objection-raised"
    purpose: Code | None
    unlisted: Sealed | None
    statement: Sealed | None
    findings: tuple[Finding, ...]


class ProcessingRestricted(Event, frozen=True, kw_only=True):
    """Processing of these classes (none named: of everything) is restricted (GDPR Art. 18), here and,
    as it is ordered, by holders outside."""

    TOPIC = "processing-restricted"
    SCHEMA = 2
    orders: tuple[Order, ...] = ()
    restriction: UUID
    ground: RestrictionGround
    classes: tuple[Code, ...]
    statement: Sealed | None


class RestrictionLifted(Event, frozen=True, kw_only=True):
    """A restriction ended; the person was told before (GDPR Art. 18(3)), and holders outside are."""

    TOPIC = "restriction-lifted"
    SCHEMA = 2
    orders: tuple[Order, ...] = ()
    restriction: UUID
    reason: Code | None


class InformDutyOpened(Event, frozen=True, kw_only=True):
    """The person must be told where this data came from, by a day (GDPR Art. 14(3))."""

    TOPIC = "inform-duty-opened"
    duty: UUID
    entry: UUID
    due: dt.date


class InformDutyMet(Event, frozen=True, kw_only=True):
    """The person was told where the data came from, under this notice."""

    TOPIC = "inform-duty-met"
    duty: UUID
    notice: NoticeShown | None
    channel: Code | None


class CommandRefused(Event, frozen=True, kw_only=True):
    """Something asked for would break these rules and was not done."""

    TOPIC = "command-refused"
    command: Code
    purpose: Code | None
    findings: tuple[Finding, ...]


class DisclosureAuthorised(Event, frozen=True, kw_only=True):
    """These items may be passed to this recipient on this ground, until the authorisation ends."""

    TOPIC = "disclosure-authorised"
    SCHEMA = 2
    stage: Code | None = None
    act: UUID | None = None
    disclosure: UUID
    recipient: UUID
    agreement: int
    purpose: Code
    ground: Code
    ground_reference: Sealed | None
    country: Code
    safeguard: Code | None
    channel: Code | None
    items: tuple[DisclosedItem, ...]
    hidden_until: dt.date | None
    expires_at: Moment


class DisclosureRefused(Event, frozen=True, kw_only=True):
    """A disclosure asked for would break these rules and was not authorised."""

    TOPIC = "disclosure-refused"
    SCHEMA = 2
    stage: Code | None = None
    act: UUID | None = None
    recipient: UUID | None
    purpose: Code | None
    ground: Code | None
    hidden_until: dt.date | None
    findings: tuple[Finding, ...]


class DisclosureRecorded(Event, frozen=True, kw_only=True):
    """Personal data was passed on: to whom, what by name, why, on which ground, where to."""

    TOPIC = "disclosure-recorded"
    SCHEMA = 2
    stage: Code | None = None
    act: UUID | None = None
    disclosure: UUID
    authorisation: UUID | None
    recipient: UUID | None
    agreement: int | None
    unlisted: Sealed | None
    purpose: Code | None
    ground: Code | None
    ground_reference: Sealed | None
    country: Code | None
    safeguard: Code | None
    channel: Code | None
    items: tuple[DisclosedItem, ...]
    recipient_reference: Sealed | None
    hidden_until: dt.date | None
    orders: tuple[Order, ...]
    findings: tuple[Finding, ...]


class IrregularityFound(Event, frozen=True, kw_only=True):
    """Something reported as done broke these rules; somebody has to look at it by a date."""

    TOPIC = "irregularity-found"
    irregularity: UUID
    entry: UUID
    owner: Code
    due: dt.date
    findings: tuple[Finding, ...]


class IrregularityClosed(Event, frozen=True, kw_only=True):
    """Somebody looked at an irregularity: what came of it, as a code and a sealed note."""

    TOPIC = "irregularity-closed"
    irregularity: UUID
    reason: Code
    note: Sealed | None


class EntryAnnulled(Event, frozen=True, kw_only=True):
    """An entry of this stream was recorded in error and counts no more from here on."""

    TOPIC = "entry-annulled"
    entry: UUID
    reason: Code
    note: Sealed | None


class PersonalDataOpened(Event, frozen=True, kw_only=True):
    """Sealed values were about to be opened: by whom, of whom, which attributes, for what reason."""

    TOPIC = "personal-data-opened"
    SCHEMA = 2
    ground: Code | None = None
    ground_reference: Sealed | None = None
    hidden_until: dt.date | None = None
    access: AccessKind
    purpose: Code | None
    reason: Code | None
    function: Code | None
    attributes: tuple[Code, ...]
    run: UUID | None
    chunk: int | None
    subjects: tuple[UUID, ...]


class AccessAnswered(Event, frozen=True, kw_only=True):
    """An access request was answered (GDPR Art. 15): how much was sent, and its salted digest."""

    TOPIC = "access-answered"
    access: UUID
    opening: UUID
    items: int
    digest: Digest
    salt: Sealed | None


class ClaimPlaced(Event, frozen=True, kw_only=True):
    """These slots must be kept: on which ground and law, until when, and who decides.

    Where a fact of an account placed it: the account, what the fact is about, the policy's rule.
    """

    TOPIC = "claim-placed"
    SCHEMA = 2
    account: UUID | None = None
    matter: UUID | None = None
    rule: Code | None = None
    claim: UUID
    ground: Code
    law: Code | None
    covers: tuple[Coverage, ...]
    until: dt.date | None
    review: dt.date | None
    decided_by: Code
    reference: Sealed | None
    findings: tuple[Finding, ...]


class ClaimReleased(Event, frozen=True, kw_only=True):
    """A claim ended; erasures that only waited for it are completed in the same append."""

    TOPIC = "claim-released"
    claim: UUID
    reason: Code | None


class ErasureRequested(Event, frozen=True, kw_only=True):
    """Erasure was asked for (GDPR Art. 17): of everything, or of the slots named.

    Where deletions are reviewed: by whom, and until when it has to be decided.
    """

    TOPIC = "erasure-requested"
    SCHEMA = 2
    service: Code | None = None
    reviewer: Code | None = None
    decide_by: dt.date | None = None
    erasure: UUID
    whole: bool
    slots: tuple[SlotName, ...]
    statement: Sealed | None


class ErasureScheduled(Event, frozen=True, kw_only=True):
    """These slots are due; they are erased a day after this was recorded, unless it is called off."""

    TOPIC = "erasure-scheduled"
    erasure: UUID
    slots: tuple[DueSlot, ...]


class ErasureCancelled(Event, frozen=True, kw_only=True):
    """What was scheduled is not due any more: a purpose or a claim needs it again."""

    TOPIC = "erasure-cancelled"
    erasure: UUID


class RequestPassedOn(Event, frozen=True, kw_only=True):
    """A person's request about what a customer stores was passed on to that customer (Art. 28(3)(e))."""

    TOPIC = "request-passed-on"
    account: UUID
    request: Literal["access", "correction", "erasure", "objection", "restriction", "portability"]
    channel: Code | None
    note: Sealed | None


class DataErased(Event, frozen=True, kw_only=True):
    """The keys in `dead` were destroyed in this append; holders outside are ordered to follow."""

    TOPIC = "data-erased"
    erasure: UUID
    cause: EraseCause
    slots: tuple[SlotName, ...]
    orders: tuple[Order, ...]


class DataRetained(Event, frozen=True, kw_only=True):
    """What an erasure leaves for now, slot by slot, with ground, law, end and who decides."""

    TOPIC = "data-retained"
    erasure: UUID
    slots: tuple[RetainedSlot, ...]


class HolderNotified(Event, frozen=True, kw_only=True):
    """A holder was told of an order, as a person or a system notes (GDPR Art. 19)."""

    TOPIC = "holder-notified"
    order: UUID
    channel: Code | None
    note: Sealed | None


class HolderAnswered(Event, frozen=True, kw_only=True):
    """A holder's answer to an order; `no-answer` is a named, dated gap."""

    TOPIC = "holder-answered"
    order: UUID
    answer: HolderAnswerKind
    note: Sealed | None


class ErasureClosed(Event, frozen=True, kw_only=True):
    """Every order of the erasure is answered or a named gap; what is retained stands beside it."""

    TOPIC = "erasure-closed"
    erasure: UUID


# ---- a processing run --------------------------------------------------------------------------


class RunStarted(Event, frozen=True, kw_only=True):
    """A processing run was asked for and may begin: its purpose, and how many it concerns."""

    TOPIC = "run-started"
    SCHEMA = 2
    template: Code | None = None
    purpose: Code
    service: Code | None
    country: Code | None
    attributes: tuple[Code, ...]
    asked: int
    admitted: int
    chunks: int


class SubjectsAdmitted(Event, frozen=True, kw_only=True):
    """The subjects of one chunk (≤ 1,000) that may be processed as decided when the run started."""

    TOPIC = "subjects-admitted"
    chunk: int
    subjects: tuple[UUID, ...]


class SubjectsExcluded(Event, frozen=True, kw_only=True):
    """Subjects (≤ 1,000) that may not be, or were not, processed, with the one rule that says so."""

    TOPIC = "subjects-excluded"
    stage: ExclusionStage
    chunk: int | None
    rule: Code
    subjects: tuple[UUID, ...]


class SubjectsProcessed(Event, frozen=True, kw_only=True):
    """Subjects (≤ 1,000) that were processed, as the run reports."""

    TOPIC = "subjects-processed"
    chunk: int
    subjects: tuple[UUID, ...]
    findings: tuple[Finding, ...]


class RunRefused(Event, frozen=True, kw_only=True):
    """A run that was asked for would break these rules and did not begin."""

    TOPIC = "run-refused"
    purpose: Code | None
    findings: tuple[Finding, ...]


class RunFinished(Event, frozen=True, kw_only=True):
    """The run reported its last outcome: how many were processed, how many were left out."""

    TOPIC = "run-finished"
    processed: int
    excluded: int


# ---- an account --------------------------------------------------------------------------------


class AccountOpened(Event, frozen=True, kw_only=True):
    """An account of a person or an organisation is known from here on, by a random id."""

    TOPIC = "account-opened"
    kind: AccountKind
    service: Code | None
    name: Sealed | None


class MemberJoined(Event, frozen=True, kw_only=True):
    """A data subject is a member of the account, in these roles, from a day on. Said in both streams."""

    TOPIC = "member-joined"
    account: UUID
    subject: UUID
    roles: tuple[Code, ...]
    since: dt.date


class MemberLeft(Event, frozen=True, kw_only=True):
    """A data subject is no member of the account any more. Said in both streams."""

    TOPIC = "member-left"
    account: UUID
    subject: UUID
    until: dt.date


class QuoteIssued(Event, frozen=True, kw_only=True):
    """A quote was issued: a document of its own, under a sealed number."""

    TOPIC = "quote-issued"
    document: UUID
    number: Sealed | None
    issued: dt.date


class InvoiceIssued(Event, frozen=True, kw_only=True):
    """An invoice was issued, for a quote if there was one."""

    TOPIC = "invoice-issued"
    document: UUID
    refers: UUID | None
    number: Sealed | None
    issued: dt.date


class LicenceGenerated(Event, frozen=True, kw_only=True):
    """A licence was generated, from the quotes and invoices named."""

    TOPIC = "licence-generated"
    document: UUID
    refers: tuple[UUID, ...]
    number: Sealed | None
    generated: dt.date


class LicencePaid(Event, frozen=True, kw_only=True):
    """A licence was paid: what its quotes and invoices need is kept from here on."""

    TOPIC = "licence-paid"
    document: UUID
    paid: dt.date


class CreditOpened(Event, frozen=True, kw_only=True):
    """A credit is outstanding; its amount is sealed. `members`: whom it concerns, else by role."""

    TOPIC = "credit-opened"
    credit: UUID
    amount: Sealed | None
    opened: dt.date
    members: tuple[UUID, ...]


class CreditSettled(Event, frozen=True, kw_only=True):
    """A credit is settled: what only it kept is free."""

    TOPIC = "credit-settled"
    credit: UUID
    settled: dt.date


class CaseOpened(Event, frozen=True, kw_only=True):
    """A case (fraud, safety, a dispute) is open, of a kind the policy lists."""

    TOPIC = "case-opened"
    case: UUID
    kind: Code | None
    unlisted: Sealed | None
    reference: Sealed | None
    opened: dt.date
    members: tuple[UUID, ...]


class CaseClosed(Event, frozen=True, kw_only=True):
    """A case is closed."""

    TOPIC = "case-closed"
    case: UUID
    closed: dt.date


class HoldPlaced(Event, frozen=True, kw_only=True):
    """Something else that blocks deletion, of a kind the policy lists, is in force."""

    TOPIC = "hold-placed"
    hold: UUID
    kind: Code | None
    unlisted: Sealed | None
    reference: Sealed | None
    placed: dt.date
    members: tuple[UUID, ...]


class HoldReleased(Event, frozen=True, kw_only=True):
    """A hold ended."""

    TOPIC = "hold-released"
    hold: UUID
    released: dt.date


class ContentStored(Event, frozen=True, kw_only=True):
    """A customer stored content in a service, which the company processes on instruction only."""

    TOPIC = "content-stored"
    content: UUID
    service: Code
    country: Code | None
    value: Sealed


class ContentRemoved(Event, frozen=True, kw_only=True):
    """Stored content was removed, as the customer instructed; the keys in `dead` were destroyed."""

    TOPIC = "content-removed"
    content: UUID


class AccountClosed(Event, frozen=True, kw_only=True):
    """The account is closed; retention looks at the day. Said in its stream and each member's."""

    TOPIC = "account-closed"
    account: UUID
    closed: dt.date
