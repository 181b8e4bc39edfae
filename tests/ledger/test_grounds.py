"""What a ground asks for, asked and told: refused by its rule, or stored with it and looked at."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import pytest

from ledger import events
from ledger.commands.values import Value
from ledger.errors import InvalidInput, NotFound
from tests.ledger.world import EMAIL, NEWS, RESELLER, SUCCESSOR, World

AFFILIATE, PAYMENTS = "controlled-affiliate", "paypal-payments"
LATER = dt.date(2031, 1, 1)


def broken(world: World, said: dict[str, Any]) -> tuple[str, ...]:
    """Asked, it is refused; told, it is stored and looked at; both by these rules."""
    asked = world.do("authorise_disclosure", **said)
    refusal = world.last(said["subject"])
    told = world.do("record_disclosure", **said)
    assert asked.outcome == "refused"
    assert isinstance(refusal, events.DisclosureRefused)
    assert told.outcome == "recorded"
    assert isinstance(world.last(said["subject"]), events.IrregularityFound)
    assert asked.rules == told.rules
    return asked.rules


def test_never_sold_and_never_for_others_marketing_on_any_ground(world: World) -> None:
    """P16: every ground of the document, by one who may authorise it, with a reference and with
    consent: refused when asked and irregular when told, and that rule stands first."""
    policy, auditor, subject = world.ledger.policy(), world.staff("privacy-auditor"), world.person()
    world.consent(subject)
    for code in policy.recipients:
        world.recipient(code)
    for ground, listed in policy.disclosure_grounds.items():
        code = next(id_ for id_, one in policy.recipients.items() if one.kind in listed.kinds)
        inside = policy.recipients[code].kind in ("own-system", "processor")
        said = world.disclosure(
            subject,
            by=auditor,
            recipient=code,
            ground=ground,
            country=policy.recipients[code].countries[0],
            reference="paper 7",
            document=uuid4(),
            stage=next(reversed(listed.stages), None),
        )
        for purpose in policy.prohibited:
            rules = broken(world, said | {"purpose": purpose})
            assert rules[0] == "purpose-prohibited", ground
            assert world.bodies(subject, events.DisclosureRecorded)[-1].purpose == purpose
        if not inside:
            assert broken(world, said | {"purpose": NEWS})[0] == "third-party-marketing", ground


def test_a_ground_asks_for_one_of_a_function(world: World) -> None:
    """P18: the one who asks; or, of what is told, who authorised it before."""
    subject = world.person()
    warrant = world.warrant(subject)
    plain = warrant | {"by": world.by}
    assert broken(world, plain) == ("ground-not-authorised",)
    granted = world.do("authorise_disclosure", **warrant)
    assert granted.outcome == "recorded"
    told = world.do("record_disclosure", **plain, authorisation=granted.ids["disclosure"])
    assert told.rules == ()


def test_nothing_is_hidden_where_the_ground_knows_no_gag(world: World) -> None:
    """P18: told all the same, it is found, and the person sees it; with a gag it stays hidden."""
    subject = world.person()
    world.recipient()
    world.consent(subject)
    hidden = world.disclosure(subject, hidden_until=LATER)
    assert broken(world, hidden) == ("gag-not-for-ground",)
    (recorded,) = world.bodies(subject, events.DisclosureRecorded)
    assert recorded.hidden_until is None
    warrant = world.warrant(subject, hidden_until=LATER)
    assert world.do("record_disclosure", **warrant).rules == ()
    assert world.last(subject).hidden_until == LATER


def test_an_affiliate_the_company_has_sold(world: World) -> None:
    """P15: refused from then on; what happened while it was controlled is told without a finding."""
    subject = world.person()
    world.recipient(AFFILIATE, agreement=None)
    said = world.disclosure(
        subject, recipient=AFFILIATE, purpose="product-delivery", ground="controlled-company"
    )
    assert world.do("authorise_disclosure", **said).outcome == "recorded"
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    since = "controlled_since: 2020-04-01"
    world.publish(since, f"{since}, controlled_until: {yesterday.date()}")
    assert broken(world, said) == ("affiliate-not-controlled",)
    assert world.do("record_disclosure", **said, occurred_at=yesterday).rules == ()


def test_who_does_not_promise_silence(world: World) -> None:
    """P17: a recipient whose agreement does not bind it to confidentiality gets nothing."""
    subject = world.person()
    world.recipient(PAYMENTS)
    said = world.disclosure(
        subject,
        recipient=PAYMENTS,
        purpose="quotes-and-invoices",
        ground="own-instruction",
        reference="checkout 7",
    )
    assert world.do("authorise_disclosure", **said).outcome == "recorded"
    world.publish("    name: PayPal\n", "    name: PayPal\n    confidential: false\n")
    assert broken(world, said) == ("not-confidential",)


# ---- P05: that purchase only ---------------------------------------------------------------------


def bought(world: World, subject: UUID, licence: str) -> UUID:
    """A licence in a purchase of its own."""
    document = uuid4()
    value = Value(attribute="licence-number", value=licence, scope=document.hex)
    told = world.do(
        "record_collection",
        subject=subject,
        values=(value,),
        source="earlier-records",
        country="india",
        purposes=("product-delivery",),
    )
    assert told.rules == ()
    return document


def mandate(world: World, subject: UUID, **fields: Any) -> dict[str, Any]:
    """What goes back to a reseller: the person's name and the licence."""
    defaults: dict[str, Any] = {
        "recipient": RESELLER,
        "purpose": "product-delivery",
        "ground": "buying-mandate",
        "country": "india",
        "attributes": ("full-name", "licence-number"),
        "reference": "mandate 12",
    }
    return world.disclosure(subject, **(defaults | fields))


def test_a_reseller_gets_the_values_of_its_purchase(world: World) -> None:
    """P05: of the one named, though a newer one is there; of none, or another's, nothing."""
    subject = world.person()
    world.recipient(RESELLER)
    first, second = bought(world, subject, "L-1"), bought(world, subject, "L-2")
    entries = {entry.event: entry.body for entry in world.entries(subject)}
    for document in (first, second):
        said = mandate(world, subject, document=document)
        granted = world.do("authorise_disclosure", **said).ids["disclosure"]
        told = world.do("record_disclosure", **said, authorisation=granted)
        assert told.rules == ()
        name, licence = world.last(subject).items
        assert entries[licence.event].items[0].scope == document.hex
        assert entries[name.event].items[0].scope == ""
    assert broken(world, mandate(world, subject)) == ("document-missing",)
    assert broken(world, mandate(world, subject, document=uuid4())) == ("item-of-another-document",)


def test_an_authorisation_of_one_purchase_covers_no_other(world: World) -> None:
    """P05: what was authorised for the first is exceeded by the second."""
    subject = world.person()
    world.recipient(RESELLER)
    first, second = bought(world, subject, "L-1"), bought(world, subject, "L-2")
    said = mandate(world, subject, document=first)
    granted = world.do("authorise_disclosure", **said).ids["disclosure"]
    other = mandate(world, subject, document=second, authorisation=granted)
    assert world.do("record_disclosure", **other).rules == ("authorisation-exceeded",)


# ---- P19: in stages ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "rule"),
    [
        (None, "stage-missing"),
        ("later", "stage-unlisted"),
        ("due-diligence", "attribute-not-for-stage"),
    ],
)
def test_a_stage_passes_on_what_it_may(world: World, stage: str | None, rule: str) -> None:
    """P19: an e-mail address goes over with the data, and not while somebody looks at the company."""
    subject = world.person()
    world.recipient(SUCCESSOR)
    said = world.disclosure(
        subject,
        by=world.staff("privacy-auditor"),
        recipient=SUCCESSOR,
        purpose="corporate-transaction",
        ground="asset-transfer",
        reference="deal 3",
        attributes=(EMAIL,),
        stage=stage,
    )
    assert broken(world, said) == (rule,)
    granted = world.do("authorise_disclosure", **said | {"stage": "transfer"})
    told = world.do("record_disclosure", **said, authorisation=granted.ids["disclosure"])
    assert "authorisation-exceeded" in told.rules


# ---- P17: standing access ------------------------------------------------------------------------


def test_a_standing_access_ends(world: World) -> None:
    """P17: class by class; what it does not reach cannot be closed, and not on a day to come."""
    host = world.recipient("hosting-provider")
    both = ("contact-data", "billing-data")
    access = {"purpose": "product-delivery", "classes": both, "country": "ireland"}
    world.do("open_standing_access", recipient=host, **access)
    world.do("close_standing_access", recipient=host, classes=both[1:])
    assert world.last(host).until == dt.datetime.now(dt.UTC).date()
    for wrong in (
        {"classes": both[1:]}, {"classes": ()}, {"classes": both[:1], "until": LATER},
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            world.do("close_standing_access", recipient=host, **wrong)
    subject = world.person()
    world.do("request_erasure", subject=subject)
    (erased,) = world.bodies(subject, events.DataErased)
    assert [(one.recipient, one.classes) for one in erased.orders] == [(host, both[:1])]
    world.do("close_standing_access", recipient=host, classes=both[:1])
    another = world.person()
    world.do("request_erasure", subject=another)
    assert all(not body.orders for body in world.bodies(another, events.DataErased))


def test_only_a_recipient_has_a_standing_access(world: World) -> None:
    """A closing for somebody who is nobody's recipient is an error."""
    with pytest.raises(NotFound):
        world.do("close_standing_access", recipient=world.by, classes=("contact-data",))
