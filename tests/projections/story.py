"""Every kind of event once or more, in one ledger: what a rebuild is compared on."""

from __future__ import annotations

import datetime as dt
from uuid import UUID, uuid4

from ledger.events import (
    AccessAnswered,
    AccountClosed,
    AccountOpened,
    ActorRegistered,
    CaseClosed,
    CaseOpened,
    ClaimPlaced,
    ClaimReleased,
    CollectionRefused,
    CommandRefused,
    ConsentGiven,
    ConsentWithdrawn,
    ContentRemoved,
    ContentStored,
    CorrectedItem,
    Coverage,
    CreditOpened,
    CreditSettled,
    DataCorrected,
    DataResealed,
    DataRetained,
    DeadKey,
    Digest,
    DisclosedItem,
    DisclosureAuthorised,
    DisclosureRecorded,
    DisclosureRefused,
    DueSlot,
    EntryAnnulled,
    ErasureCancelled,
    ErasureClosed,
    ErasureRequested,
    ErasureScheduled,
    HolderAnswered,
    HolderNotified,
    HoldPlaced,
    HoldReleased,
    InformDutyMet,
    InformDutyOpened,
    InvoiceIssued,
    IrregularityClosed,
    IrregularityFound,
    LicenceGenerated,
    LicencePaid,
    MemberJoined,
    MemberLeft,
    MintedKey,
    ObjectionRaised,
    Order,
    PersonalDataOpened,
    ProcessingRestricted,
    ProcessingSwitched,
    QuoteIssued,
    RecipientRegistered,
    RegimesDetermined,
    RequestPassedOn,
    ResealedItem,
    RestrictionLifted,
    RetainedSlot,
    RunFinished,
    RunRefused,
    RunStarted,
    StandingAccessClosed,
    StandingAccessOpened,
    SubjectsAdmitted,
    SubjectsExcluded,
    SubjectsProcessed,
    SweepPaused,
    SweepReleased,
)

from .conftest import BROKEN, NOTICE, WHEN, Log, sealed_under

DAY = dt.date(2026, 6, 1)


class Story:
    """A person's life in two halves: `live()`, then `end()` with the erasure."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.person, self.other, self.mail = log.person(), log.person(), uuid4()
        self.contact: MintedKey
        self.billing: MintedKey

    def live(self) -> None:
        self._registers()
        self._data()
        self._will()
        self._disclosures()
        self._run()
        self._rights()
        self._account()

    def _registers(self) -> None:
        say = self.log.tell
        say(uuid4(), ActorRegistered, kind="staff", function="support")
        say(self.mail, RecipientRegistered, code="mail", kind="processor", agreement="dpa-1")
        classes = ("contact", "billing")
        say(self.mail, StandingAccessOpened, purpose="a", classes=classes, country="in", since=DAY)
        self.log.publish()

    def _data(self) -> None:
        log, person = self.log, self.person
        event, self.contact = log.collect(person, "contact", "email", "email", notice=NOTICE)
        told, self.billing = log.collect(
            person, "billing", "invoice", scope="2026-01-01", told=True, findings=BROKEN
        )
        fix = CorrectedItem("email", 1, "contact", "", sealed_under(self.contact.kid), event, 2)
        given = Order(uuid4(), self.mail, None, ("contact",))
        log.tell(person, DataCorrected, items=(fix,), orders=(given,))
        log.tell(person, HolderNotified, order=given.order)
        log.tell(person, CollectionRefused, findings=BROKEN)
        values = {"irregularity": uuid4(), "owner": "role-a", "due": DAY, "findings": BROKEN}
        log.tell(person, IrregularityFound, entry=told, **values)

    def _will(self) -> None:
        log, person = self.log, self.person
        log.tell(person, ConsentGiven, purpose="news", notice=NOTICE)
        wrong = log.tell(person, ConsentWithdrawn, purpose="news")
        log.tell(person, EntryAnnulled, entry=wrong, reason="mistake")
        log.tell(
            person, ProcessingSwitched, purpose="a", all_services=True, services=(), state="off"
        )
        log.tell(person, CommandRefused, command="collect", findings=BROKEN)

    def _disclosures(self) -> None:
        log, person, disclosure = self.log, self.person, uuid4()
        shared = {"recipient": self.mail, "agreement": 1, "purpose": "a", "ground": "b"}
        shared |= {"country": "in", "items": (DisclosedItem("email", None, 1),)}
        log.tell(person, DisclosureAuthorised, disclosure=disclosure, expires_at=WHEN, **shared)
        used = {"disclosure": disclosure, "authorisation": disclosure}
        log.tell(person, DisclosureRecorded, **used, **shared)
        log.tell(person, DisclosureRecorded, disclosure=uuid4(), hidden_until=DAY)
        log.tell(person, DisclosureRefused, hidden_until=None, findings=BROKEN)
        act = {"act": uuid4(), "stage": "late"}
        log.tell(self.other, DisclosureRefused, findings=BROKEN, **act)
        log.tell(person, DisclosureRecorded, disclosure=uuid4(), **act)

    def _run(self) -> None:
        log, run = self.log, uuid4()
        both = (self.person, self.other)
        opening = {"access": "chunk", "run": run, "chunk": 1, "subjects": (self.person,)}
        log.say(
            run,
            log.make(RunStarted, purpose="a", attributes=("email",), asked=2, admitted=2, chunks=1),
            log.make(SubjectsAdmitted, chunk=1, subjects=both),
            log.make(PersonalDataOpened, **opening),
            log.make(SubjectsExcluded, stage="opening", chunk=1, rule="r", subjects=both[1:]),
            log.make(SubjectsProcessed, chunk=1, subjects=both[:1]),
            log.make(RunFinished, processed=1, excluded=1),
        )
        log.tell(uuid4(), RunRefused, findings=BROKEN)

    def _rights(self) -> None:
        log, person, restriction, erasure, duty = self.log, self.person, uuid4(), uuid4(), uuid4()
        log.tell(person, RegimesDetermined, regimes=("gdpr",))
        log.tell(person, ObjectionRaised, purpose="news")
        orders = [(Order(uuid4(), self.mail, None, ("contact",)),) for _ in range(3)]
        said = {"restriction": restriction, "ground": "accuracy", "orders": orders[0]}
        log.tell(person, ProcessingRestricted, **said)
        log.tell(person, HolderAnswered, order=orders[0][0].order, answer="confirmed")
        log.tell(person, RestrictionLifted, restriction=restriction, orders=orders[1])
        log.tell(self.other, ConsentWithdrawn, purpose="news", orders=orders[2])
        entry = log.tell(person, InformDutyOpened, duty=duty, entry=uuid4(), due=DAY)
        log.tell(person, InformDutyMet, duty=duty, notice=NOTICE)
        irregularity = {"irregularity": uuid4(), "owner": "role-a", "due": DAY}
        log.tell(person, IrregularityFound, entry=entry, findings=BROKEN, **irregularity)
        closed = irregularity["irregularity"]
        log.tell(person, IrregularityClosed, irregularity=closed, reason="looked-at")
        due = DueSlot("contact", "", "consent-withdrawn", None)
        log.tell(person, ErasureScheduled, erasure=erasure, slots=(due,))
        log.tell(person, ErasureCancelled, erasure=erasure)

    def _account(self) -> None:
        log, account, content, matter = self.log, uuid4(), uuid4(), uuid4()
        documents = [uuid4() for _ in range(3)]
        key = log.key("contact")
        joined = {"subject": self.person, "since": DAY}
        log.say(
            account,
            log.make(AccountOpened, kind="organisation", service="service-a"),
            log.make(MemberJoined, account=account, roles=("billing-contact",), **joined),
            log.make(QuoteIssued, document=documents[0], issued=DAY),
            log.make(InvoiceIssued, document=documents[1], refers=documents[0], issued=DAY),
            log.make(LicenceGenerated, document=documents[2], generated=DAY),
            log.make(LicencePaid, document=documents[2], paid=DAY),
            log.make(CreditOpened, credit=matter, opened=DAY),
            log.make(CreditSettled, credit=matter, settled=DAY),
            log.make(CaseOpened, case=matter, kind="fraud", opened=DAY),
            log.make(CaseClosed, case=matter, closed=DAY),
            log.make(HoldPlaced, hold=matter, kind="dispute", placed=DAY),
            log.make(HoldReleased, hold=matter, released=DAY),
        )
        stored = {"content": content, "service": "service-a", "value": sealed_under(key.kid)}
        log.say(account, log.make(ContentStored, minted=(key,), **stored))
        log.tell(self.person, RequestPassedOn, account=account, request="erasure")
        case = log.key("cases", matter.hex)
        copy = ("name", 1, "cases", matter.hex, sealed_under(case.kid), uuid4(), 1)
        items = (ResealedItem(*copy),)
        log.tell(
            self.person, DataResealed, minted=(case,), account=account, case=matter, items=items
        )
        dead = (DeadKey(key.kid, 1),)
        log.say(account, log.make(ContentRemoved, content=content, dead=dead))
        log.tell(self.person, MemberJoined, account=account, roles=("billing-contact",), **joined)
        for stream in (account, self.person):
            log.tell(stream, MemberLeft, account=account, subject=self.person, until=DAY)
            log.tell(stream, AccountClosed, account=account, closed=DAY)
        log.tell(self.mail, StandingAccessClosed, classes=("billing",), until=DAY)
        sweep, pause = uuid4(), uuid4()
        log.tell(sweep, SweepPaused, pause=pause, reason="too-many", due=101, limit=100)
        log.tell(sweep, SweepReleased, pause=pause)

    def end(self) -> None:
        log, person, erasure, claim = self.log, self.person, uuid4(), uuid4()
        covers = (Coverage("billing", "*"),)
        log.tell(person, ClaimPlaced, claim=claim, ground="g", covers=covers, decided_by="role-a")
        opening = log.tell(person, PersonalDataOpened, access="report")
        self._answer(opening)
        log.tell(person, ErasureRequested, erasure=erasure, whole=True)
        order = uuid4()
        orders = (Order(order, self.mail, None, ("contact",)),)
        kept = RetainedSlot("billing", "2026-01-01", "g", None, DAY, None, "role-a", claim)
        log.say(
            person,
            log.erase(person, erasure, self.contact, orders=orders),
            log.make(DataRetained, erasure=erasure, slots=(kept,)),
        )
        log.tell(person, HolderNotified, order=order, channel="mail")
        log.tell(person, HolderAnswered, order=order, answer="no-answer")
        log.tell(person, ErasureClosed, erasure=erasure)
        log.say(
            person,
            log.make(ClaimReleased, claim=claim),
            log.erase(person, erasure, self.billing, cause="claim-ended"),
        )

    def _answer(self, opening: UUID) -> None:
        salt = sealed_under(self.contact.kid)
        values = {"access": uuid4(), "opening": opening, "items": 3, "salt": salt}
        self.log.tell(self.person, AccessAnswered, digest=Digest(b"d" * 32), **values)
