"""A small world for tests of the write side: one ledger, one policy, one person's data."""

from __future__ import annotations

import datetime as dt
import re
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from ledger.application import Ledger
from ledger.commands.collecting import Notice
from ledger.commands.values import Value
from ledger.events import DataCollected, DataCorrected, Entry, field_name
from ledger.mapper import entry_of
from ledger.policy.document import DEFAULT
from ledger.receipt import Receipt
from ledger.sealing import Opened
from ledger.store.append import Answer
from ledger.subject import DataSubject
from ledger.vault.opening import SealedAt

EMAIL, NAME = "email-address", "full-name"
INVOICE = "billing-address"
BILLING, CONTACT, DOCUMENTS = "billing-data", "contact-data", "tax-documents"
EVIDENCE, REQUEST = "accountability-records", "request-material"
NEWS, TAX, RESEARCH = "promotional-news", "tax-compliance", "product-research"
MAILER, TAX_OFFICE, HOSTING, PAYMENTS = (
    "mail-delivery-provider",
    "tax-office",
    "hosting-provider",
    "paypal-payments",
)
AUTHORITY, SUCCESSOR, RESELLER = (
    "investigating-authority",
    "business-successor",
    "reseller-partner",
)
YEAR_1, YEAR_2 = (
    dt.datetime(2024, 6, 1, tzinfo=dt.UTC),
    dt.datetime(2025, 6, 1, tzinfo=dt.UTC),
)


def relabelled(text: str) -> str:
    """A document as the next version: under a label of its own."""
    labelled, times = re.subn(r"(?m)^  label: .+$", f'  label: "v{uuid4().hex}"', text, count=1)
    assert times
    return labelled


class World:
    """Commands with everything that does not matter to a test filled in."""

    def __init__(self, ledger: Ledger, by: UUID) -> None:
        self.ledger = ledger
        self.by = by
        self._keys = count(1)
        self._site: UUID | None = None

    def key(self) -> dict[str, Any]:
        return {"by": self.by, "key": f"test-{next(self._keys)}"}

    def do(self, method: str, **fields: Any) -> Answer:
        """Submit a command by its name and wait for the answer."""
        receipt: Receipt = getattr(self.ledger, method)(**(self.key() | fields))
        return receipt.result(60)

    def person(self, **values: str) -> UUID:
        """A registered subject with a name and an e-mail address of her own."""
        subject = self.do("register_subject").ids["subject"]
        given = {EMAIL: f"{subject.hex}@example.org", NAME: "Zoë Example"} | values
        self.collect(subject, given)
        return subject

    def collect(self, subject: UUID, given: dict[str, str], **fields: Any) -> Answer:
        values = tuple(Value(attribute=name, value=value) for name, value in given.items())
        defaults: dict[str, Any] = {
            "source": "signup-form",
            "country": "india",
            "purposes": ("account-keeping",),
            "notice": Notice(version="signup-notice-1", language="en"),
        }
        answer = self.do("collect", subject=subject, values=values, **(defaults | fields))
        assert answer.outcome == "recorded", answer
        return answer

    def bill(self, subject: UUID, when: dt.datetime, **given: str) -> Answer:
        """Billing data of the year that `when` lies in."""
        return self.collect(
            subject,
            given or {INVOICE: f"1 Example Street, {when.year}"},
            source="purchase-form",
            purposes=("quotes-and-invoices",),
            notice=Notice(version="purchase-notice-1", language="en"),
            occurred_at=when,
        )

    def consent(self, subject: UUID, purpose: str = NEWS, **fields: Any) -> Answer:
        notice = Notice(version="signup-notice-1", language="en")
        return self.do("give_consent", subject=subject, purpose=purpose, notice=notice, **fields)

    def recipient(self, code: str = MAILER, **fields: Any) -> UUID:
        fields = {"agreement": "dpa-2026"} | fields
        return self.do("register_recipient", code=code, **fields).ids["recipient"]

    def disclosure(self, subject: UUID, **fields: Any) -> dict[str, Any]:
        """A disclosure of the e-mail address to the mailer for news."""
        defaults: dict[str, Any] = {
            "subject": subject,
            "recipient": MAILER,
            "purpose": NEWS,
            "ground": "service-agreement",
            "country": "united-states",
            "attributes": (EMAIL,),
        }
        return defaults | fields

    def publish(self, old: str, new: str) -> Answer:
        """The shipped document with one change, in force from here on."""
        text = DEFAULT.read_text(encoding="utf-8")
        assert old in text
        return self.do("publish_policy", text=relabelled(text.replace(old, new, 1)))

    def staff(self, function: str) -> UUID:
        """Somebody of the staff with this function."""
        return self.do("register_actor", kind="staff", function=function).ids["actor"]

    def herself(self, subject: UUID) -> dict[str, Any]:
        """The person acts, through a system on her behalf."""
        if self._site is None:
            self._site = self.do("register_actor", kind="system").ids["actor"]
        return {"by": self._site, "on_behalf_of": subject}

    def warrant(self, subject: UUID, **fields: Any) -> dict[str, Any]:
        """A disclosure of the e-mail address to an authority with a lawful request, which may forbid
        to mention it; by one who may authorise it."""
        self.recipient(AUTHORITY, agreement=None)
        defaults: dict[str, Any] = {
            "recipient": AUTHORITY,
            "purpose": "legal-requests",
            "ground": "lawful-request",
            "country": "india",
            "reference": "order 7/2026",
            "by": self.staff("privacy-auditor"),
        }
        return self.disclosure(subject, **(defaults | fields))

    # ---- looking ----------------------------------------------------------------------------

    def entries(self, stream: UUID) -> list[Entry]:
        return [entry_of(row) for row in self.ledger.recorder.select_events(stream)]

    def last(self, stream: UUID) -> Any:
        return self.entries(stream)[-1].body

    def bodies(self, stream: UUID, kind: type) -> list[Any]:
        return [e.body for e in self.entries(stream) if isinstance(e.body, kind)]

    def state(self, subject: UUID) -> DataSubject:
        """Folded as a whole: nothing is left out for being old."""
        return DataSubject.fold(self.entries(subject), subject, whole=True)

    def sealed(self, subject: UUID) -> list[tuple[str, SealedAt]]:
        """Every value ever collected, with its attribute."""
        return [
            (
                item.attribute,
                SealedAt(subject, entry.event, field_name(item.attribute, item.number), item.value),
            )
            for entry in self.entries(subject)
            if isinstance(entry.body, DataCollected | DataCorrected)
            for item in entry.body.items
        ]

    def values(self, subject: UUID) -> dict[str, list[Any]]:
        """Every value ever collected, opened: text, or Erased."""
        items = self.sealed(subject)
        opened = self.ledger.open_values([value for _, value in items])
        found: dict[str, list[Any]] = {}
        for (attribute, _), one in zip(items, opened, strict=True):
            value = one.value if isinstance(one, Opened) else one
            found.setdefault(attribute, []).append(value)
        return found
