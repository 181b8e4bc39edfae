"""One act for each rule, that breaks it: asked for, told, or both. (`test_each_rule.py` plays them.)

What can only be asked has no report of its own; what can only be told is never refused.
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from ledger.application import Ledger
from ledger.commands.accounting import Membership
from ledger.commands.claiming import Covers
from ledger.commands.erasing import Part
from ledger.commands.running import Exclusion
from ledger.commands.sweeping import PauseSweep
from tests.stories.cast import NOTHING, one
from tests.stories.play import YESTERDAY, Play

CARD = "4111 1111 1111 1111"
LONG_AGO = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
CENTURY = dt.timedelta(days=36_500)

Both = Callable[[Play, bool], Any]
Alone = Callable[[Play], Any]


# ---- what takes more than a line -----------------------------------------------------------------


def _unregistered(p: Play, told: bool) -> None:
    def add(data: dict[str, Any]) -> None:
        data["recipients"]["somebody-new"] = copy.deepcopy(data["recipients"][p.processor])

    with p.under(add):
        method = "record_disclosure" if told else "authorise_disclosure"
        p.do(method, subject=p.person(), **p.way(recipient="somebody-new"))


def _agreement(p: Play, told: bool, **fields: Any) -> None:
    p.register(p.processor, **({"agreement": "agreement-2"} | fields))
    try:
        p.disclose(told)
    finally:
        p.register(p.processor, agreement="agreement-3")


def _retained(p: Play, told: bool) -> None:
    """Of another purpose than that of the ground which keeps it."""
    ground = one(
        p.policy.retention_grounds,
        lambda g: p.contact in g.classes and p.required not in g.purposes,
    )
    person = p.person()
    covers = (Covers(class_=p.contact),)
    p.do("place_claim", subject=person, ground=ground, covers=covers)
    p.do("request_erasure", subject=person)
    p.disclose(told, subject=person)


def _gone(p: Play, **said: Any) -> UUID:
    person = p.person()
    p.do("request_erasure", subject=person, **said)
    return person


def _said(p: Play, method: str, **said: Any) -> UUID:
    """Somebody who agreed, and then said something else on the same purpose."""
    person = p.person()
    p.consent(False, person, p.optional)
    p.do(method, subject=person, purpose=p.optional, **said)
    return person


def _ended(p: Play, told: bool) -> None:
    purpose = p.unneeded()
    with p.under(lambda data: data["purposes"][purpose].update(ended=True)):
        p.collect(told, purposes=(purpose,), notice=p.notice(purpose))


def _not_on(p: Play, told: bool) -> None:
    purpose = one(
        p.policy.purposes,
        lambda u: not (u.required or u.bases or u.ended) and u.basis != "consent",
    )
    with p.under(lambda data: data["purposes"][purpose].update(default="off")):
        p.click(told, purposes=(purpose,))


def _market(p: Play, told: bool) -> None:
    service = one(p.policy.services, lambda s: s.covered)
    with p.under(lambda data: data["services"][service].update(markets=["IN"])):
        p.collect(told, service=service, market="ZZ")


def _restricted(p: Play, told: bool) -> None:
    person = p.person()
    p.do("restrict", subject=person, ground="accuracy")
    p.disclose(told, subject=person)


def _controlled_no_more(p: Play, told: bool) -> None:
    code = one(p.policy.recipients, lambda r: r.kind == "affiliate")
    entity = p.policy.recipients[code].controller
    past = {"controlled_since": "2001-01-01", "controlled_until": "2002-01-01"}
    with p.under(lambda data: data["controllers"][entity].update(past)):
        p.disclose(told, p.way_by(p.plain_ground("affiliate"), recipient=code))


def _not_confidential(p: Play, told: bool) -> None:
    code = one(p.policy.recipients, lambda r: r.kind == "authority")
    with p.under(lambda data: data["recipients"][code].update(confidential=False)):
        p.disclose(told, p.way_by(p.ground(lambda g: "authority" in g.kinds), recipient=code))


def _not_standing(p: Play, told: bool) -> None:
    code = one(p.policy.recipients, lambda r: r.kind == "processor" and not r.standing)
    listed = p.policy.recipients[code]
    purpose = listed.purposes[0]
    reach = {
        "recipient": p.do("register_recipient", code=code, agreement="agreement-1").ids[
            "recipient"
        ],
        "purpose": purpose,
        "classes": (p.policy.purposes[purpose].classes[0],),
        "country": listed.countries[0],
    }
    p.do("record_standing_access" if told else "open_standing_access", **reach)


def _by_anybody(p: Play, told: bool) -> None:
    actor = p.do("register_actor", kind="staff").ids["actor"]
    ground = p.ground(lambda g: g.authorised_by)
    p.disclose(told, p.way_by(ground, reference="file 1"), by=actor)


def _of_another_purchase(p: Play, told: bool) -> None:
    ground = p.ground(lambda g: g.one_document)
    way = p.way_by(ground, reference="order 1", document=uuid4())
    wanted = p.policy.recipients[way["recipient"]].attributes
    classes = p.policy.classes
    paper = next(a for a in wanted if classes[p.policy.attributes[a].class_].scope == "document")
    person = p.person()
    values = (p.value(paper),)
    p.do("record_collection", subject=person, **p.coming(values=values))
    p.disclose(told, way | {"attributes": (paper,)}, person)


def _not_in_this_stage(p: Play, told: bool) -> None:
    ground = p.ground(lambda g: g.stages)
    stage, listed = next(iter(p.policy.disclosure_grounds[ground].stages.items()))
    way = p.way_by(ground, reference="contract 1", stage=stage)
    later = p.policy.recipients[way["recipient"]].attributes
    beyond = tuple(name for name in later if name not in listed.attributes)
    p.disclose(told, way | {"attributes": beyond})


def _too_early(p: Play, told: bool) -> None:
    """The last stage, of somebody whose data was in none before."""
    ground = p.ground(lambda g: g.stages)
    first, *_, last = p.policy.disclosure_grounds[ground].stages

    def change(data: dict[str, Any]) -> None:
        data["disclosure_grounds"][ground]["stages"][last]["after"] = first

    with p.under(change):
        p.disclose(told, p.way_by(ground, reference="contract 1", stage=last))


def _authorised(p: Play, **used: Any) -> None:
    """Authorised for a name, and told in another way."""
    person = p.person()
    granted = p.disclose(False, subject=person).ids["disclosure"]
    p.disclose(True, subject=person, authorisation=granted, **used)


def _authorised_long_ago(p: Play) -> None:
    person, now = p.person(), p.world.ledger
    granted = p.disclose(False, subject=person).ids["disclosure"]
    later = dt.datetime.now(dt.UTC) + dt.timedelta(hours=p.policy.authorisation_hours + 1)
    with contextlib.closing(Ledger.open(p.settings, lambda: later)) as p.world.ledger:
        p.disclose(True, subject=person, authorisation=granted)
    p.world.ledger = now


def _finished(p: Play, told: bool) -> None:
    person = p.person()
    run = p.run(person).ids["run"]
    p.do("record_outcome", run=run, chunk=1, finished=True)
    if told:
        p.do("record_outcome", run=run, chunk=1, processed=(person,))
    else:
        p.do("open_chunk", run=run, chunk=1)


def _left_out(p: Play) -> None:
    person = p.person()
    run = p.run(person).ids["run"]
    excluded = (Exclusion(rule=NOTHING, subjects=(person,)),)
    p.do("record_outcome", run=run, chunk=1, excluded=excluded)


def _claim(p: Play, **said: Any) -> None:
    ground = one(p.policy.retention_grounds, lambda g: g.period)
    covers = (Covers(class_=p.policy.retention_grounds[ground].classes[0]),)
    fields = {"ground": ground, "covers": covers} | said
    p.do("place_claim", subject=p.person(), **fields)


def _claim_of_another_class(p: Play) -> None:
    ground = next(iter(p.policy.retention_grounds))
    class_ = p.unlike("classes", p.policy.retention_grounds[ground].classes)
    _claim(p, ground=ground, covers=(Covers(class_=class_),))


def _annul_a_registration(p: Play) -> None:
    person = p.person()
    first = p.world.entries(person)[0].event
    reason = next(iter(p.policy.reasons))
    p.do("annul_entry", subject=person, entry=first, reason=reason)


def _agree_twice(p: Play) -> None:
    fields: dict[str, Any] = {"sweep": None, "reason": "too-many", "due": 1, "limit": 0}
    pause = p.world.ledger.submit(PauseSweep(**p.world.key(), **fields)).result(60).ids["pause"]
    sweep = p.world.ledger.recorder.registers("sweep")["sweep"]
    for _ in range(2):
        p.do("release_sweep", sweep=sweep, pause=pause)


def _volunteered(p: Play) -> None:
    regime = one(p.policy.regimes, lambda r: not r.volunteered)
    purpose = one(
        p.policy.purposes,
        lambda u: u.internal and u.basis == "consent" and p.contact in u.classes,
    )
    person = p.person()
    p.do("determine_regimes", subject=person, regimes=(regime,))
    p.collect(True, person, source=p.unasked, notice=None, purposes=(purpose,))
    p.run(person, purpose=purpose)


def _late(p: Play) -> None:
    person = p.person()
    p.collect(True, person, source=p.others, supplier="A shop", occurred_at=LONG_AGO, notice=None)
    p.do("meet_inform_duty", subject=person)


def _read_contents(p: Play) -> None:
    class_ = p.policy.attributes[p.name].class_
    reason = one(p.policy.reasons, lambda r: r.purpose is None)
    with p.under(lambda data: data["classes"][class_].update(communications=True)):
        fields = {"access": "profile", "reason": reason, "attributes": (p.name,)}
        p.do("open_personal_data", subject=p.person(), **fields)


def _report_for_oneself(p: Play) -> None:
    reason = one(p.policy.reasons, lambda r: r.purpose is None)
    fields = {"access": "report", "reason": reason, "attributes": (p.name,)}
    p.do("open_personal_data", subject=p.person(), **fields)


def _account(p: Play) -> UUID:
    return p.do("open_account", kind="person").ids["account"]


def _carried_nowhere(p: Play) -> None:
    """Into a case of a kind for which no rule keeps a class: what the policy knows as a hold."""
    rules = p.policy.retention_rules.values()
    cases = {rule.kind for rule in rules if rule.trigger == "case-opened"}
    role, person = next(iter(p.policy.member_roles)), p.person()
    member = Membership(subject=person, roles=(role,))
    account = p.do("open_account", kind="person", members=(member,)).ids["account"]
    said = {"fact": "case-opened", "matter": p.unlike("matters", cases), "members": (person,)}
    case = p.do("record_fact", account=account, **said).ids["about"]
    p.do("carry_into_case", subject=person, account=account, case=case, attributes=(p.name,))


def _closed_account(p: Play, told: bool) -> None:
    account, role = _account(p), next(iter(p.policy.member_roles))
    p.do("close_account", account=account, day=YESTERDAY.date())
    if told:
        p.do("record_fact", account=account, fact="quote-issued")
    else:
        p.do("join_account", account=account, subject=p.person(), roles=(role,))


def _role(p: Play) -> None:
    member = Membership(subject=p.person(), roles=(NOTHING,))
    p.do("open_account", kind="person", members=(member,))


def _before(p: Play, told: bool) -> None:
    person = _said(p, "withdraw_consent")
    p.consent(told, person, p.optional, occurred_at=YESTERDAY)


def _to_another_service(p: Play, told: bool) -> None:
    service = one(p.policy.services, lambda s: s.covered)
    person = _said(p, "switch_processing", services=(service,), state="off")
    p.click(told, person, service=service)


def _for_their_own_marketing(p: Play, told: bool) -> None:
    purpose = one(p.policy.purposes, lambda u: u.marketing)
    p.disclose(told, p.way_by(p.ground(lambda g: "authority" in g.kinds), purpose=purpose))


def _silent(p: Play, told: bool) -> None:
    notice, purpose = p.silent_notice()
    p.collect(told, notice=notice, purposes=(purpose,))


def _content(p: Play) -> str:
    return p.attribute(lambda c: c.instructed)


# ---- the acts --------------------------------------------------------------------------------------

BOTH: dict[str, Both] = {
    "attribute-unlisted": lambda p, told: p.collect(told, values=(p.value(NOTHING),)),
    "purpose-unlisted": lambda p, told: p.collect(told, purposes=(p.required, NOTHING)),
    "source-unlisted": lambda p, told: p.collect(told, source=NOTHING),
    "service-unlisted": lambda p, told: p.collect(told, service=NOTHING),
    "country-unlisted": lambda p, told: p.collect(told, country=NOTHING),
    "recipient-unlisted": lambda p, told: p.disclose(told, p.way(recipient=NOTHING)),
    "ground-unlisted": lambda p, told: p.disclose(told, p.way(ground=NOTHING)),
    "channel-unlisted": lambda p, told: p.disclose(told, p.way(channel=NOTHING)),
    "notice-unlisted": lambda p, told: p.collect(
        told, notice=type(p.notice(p.required))(version=NOTHING, language="en")
    ),
    "subject-erased": lambda p, told: p.disclose(told, subject=_gone(p)),
    "erasure-requested": lambda p, told: p.collect(told, _gone(p, carry_out=False)),
    "retained-for-its-ground-only": _retained,
    "switched-off-for-all": lambda p, told: p.click(
        told, _said(p, "switch_processing", state="off")
    ),
    "switched-off-for-service": _to_another_service,
    "consent-withdrawn": lambda p, told: p.click(told, _said(p, "withdraw_consent")),
    "consent-missing": lambda p, told: p.click(told),
    "not-switched-on": _not_on,
    "notice-missing": lambda p, told: p.collect(told, notice=None),
    "notice-silent-on-purpose": _silent,
    "consent-not-a-basis": lambda p, told: p.consent(told, p.person(), p.required),
    "grant-before-protection": _before,
    "attribute-not-for-purpose": lambda p, told: p.collect(
        told,
        values=(p.value(p.attribute(lambda c: c.role == "request")),),
    ),
    "recipient-unregistered": _unregistered,
    "agreement-missing": lambda p, told: _agreement(p, told, agreement=None),
    "agreement-expired": lambda p, told: _agreement(p, told, valid_until=YESTERDAY.date()),
    "purpose-not-for-recipient": lambda p, told: p.disclose(
        told, p.way(purpose=p.unlike("purposes", p.policy.recipients[p.processor].purposes))
    ),
    "country-not-for-recipient": lambda p, told: p.disclose(
        told, p.way(country=p.unlike("countries", p.policy.recipients[p.processor].countries))
    ),
    "ground-not-for-recipient": lambda p, told: p.disclose(
        told, p.way(ground=p.ground(lambda g: "processor" not in g.kinds))
    ),
    "ground-reference-missing": lambda p, told: p.disclose(
        told, p.way_by(p.ground(lambda g: g.reference))
    ),
    "attribute-not-for-recipient": lambda p, told: p.disclose(
        told, p.way(attributes=(p.attribute(lambda c: c.role == "request"),))
    ),
    "item-missing": lambda p, told: p.disclose(
        told, p.way(attributes=p.policy.recipients[p.processor].attributes)
    ),
    "run-finished": _finished,
    "purpose-prohibited": lambda p, told: p.disclose(
        told, p.way(purpose=next(iter(p.policy.prohibited)))
    ),
    "third-party-marketing": _for_their_own_marketing,
    "purpose-ended": _ended,
    "processing-restricted": _restricted,
    "objected": lambda p, told: p.click(told, _said(p, "raise_objection")),
    "service-has-own-statement": lambda p, told: p.collect(
        told, service=one(p.policy.services, lambda s: s.statement)
    ),
    "market-not-served": _market,
    "supplier-missing": lambda p, told: p.collect(told, source=p.others),
    "template-unlisted": lambda p, told: p.click(told, template=NOTHING),
    "template-missing": lambda p, told: p.click(told, template=None),
    "click-from-mandatory-message": lambda p, told: p.click(told, template=p.mandatory),
    "content-not-ours": lambda p, told: p.collect(told, values=(p.value(_content(p)),)),
    "identifier-found": lambda p, told: p.collect(told, values=(p.value(p.name, CARD),)),
    "affiliate-not-controlled": _controlled_no_more,
    "not-confidential": _not_confidential,
    "ground-not-authorised": _by_anybody,
    "gag-not-for-ground": lambda p, told: p.disclose(
        told, hidden_until=dt.date.today() + dt.timedelta(days=9)
    ),
    "standing-not-for-recipient": _not_standing,
    "document-missing": lambda p, told: p.disclose(
        told, p.way_by(p.ground(lambda g: g.one_document), reference="order 1")
    ),
    "item-of-another-document": _of_another_purchase,
    "stage-missing": lambda p, told: p.disclose(told, p.way_by(p.ground(lambda g: g.stages))),
    "stage-unlisted": lambda p, told: p.disclose(
        told, p.way_by(p.ground(lambda g: g.stages), stage=NOTHING)
    ),
    "stage-too-early": _too_early,
    "attribute-not-for-stage": _not_in_this_stage,
    "account-closed": _closed_account,
}
ASKED: dict[str, Alone] = {
    "class-unlisted": lambda p: _claim(p, covers=(Covers(class_=NOTHING),)),
    "subject-unknown": lambda p: p.run(uuid4()),
    "agreed-already": _agree_twice,
    "class-not-in-ground": _claim_of_another_class,
    "claim-too-long": lambda p: _claim(p, until=dt.date.today() + CENTURY),
    "entry-stands": _annul_a_registration,
    "volunteered-not-under-regime": _volunteered,
    "regime-unlisted": lambda p: p.do("determine_regimes", subject=p.person(), regimes=(NOTHING,)),
    "template-not-for-purpose": lambda p: p.run(template=p.mandatory),
    "promotion-in-mandatory-message": lambda p: p.run(template=p.promotion),
    "content-on-instruction-only": lambda p: p.run(attributes=(_content(p),)),
    "opening-needs-ground": _read_contents,
    "report-not-requested": _report_for_oneself,
    "role-unlisted": _role,
    "case-without-class": _carried_nowhere,
}
TOLD: dict[str, Alone] = {
    "reason-unlisted": _left_out,
    "required-purpose": lambda p: p.do(
        "switch_processing", subject=p.person(), purpose=p.required, state="off"
    ),
    "authorisation-unknown": lambda p: p.disclose(True, authorisation=uuid4()),
    "authorisation-expired": _authorised_long_ago,
    "authorisation-too-late": lambda p: _authorised(p, occurred_at=YESTERDAY),
    "authorisation-exceeded": lambda p: _authorised(
        p, attributes=p.policy.recipients[p.processor].attributes
    ),
    "slot-erased": lambda p: p.collect(True, _gone(p, slots=(Part(class_=p.contact),))),
    "not-admitted": lambda p: p.do(
        "record_outcome", run=p.run().ids["run"], chunk=1, processed=(uuid4(),)
    ),
    "objection-not-possible": lambda p: p.do(
        "raise_objection", subject=p.person(), purpose=p.required
    ),
    "inform-overdue": _late,
    "matter-unlisted": lambda p: p.do(
        "record_fact", account=_account(p), fact="case-opened", matter=NOTHING
    ),
    "member-unknown": lambda p: p.do(
        "record_fact", account=_account(p), fact="credit-opened", members=(uuid4(),)
    ),
}
