"""Contradictions in what a document says of parties: controllers, services, recipients, grounds."""

from __future__ import annotations

from ledger.policy.model import PolicyDocument
from ledger.policy.parties import DisclosureGround, Recipient
from ledger.policy.periods import at_most
from ledger.policy.problem import Path, Problem, Problems

LONGEST_REVIEW = "P12M"
IN_HAND = ("own-system", "processor")
"""Kinds that act for the company and for nobody else."""
OUTSIDE = ("independent-controller", "agent")
"""Kinds that get data only because the person agreed to it, or because of something that is named."""


def _controllers(document: PolicyDocument) -> Problems:
    primary = [id_ for id_, one in document.controllers.items() if one.primary]
    if len(primary) != 1:
        yield Problem(
            ("controllers",), "exactly one must be primary", "write primary: true at that one"
        )
    for id_, one in document.controllers.items():
        at: Path = ("controllers", id_)
        since, until = one.controlled_since, one.controlled_until
        if one.primary and since is not None:
            yield Problem(
                (*at, "controlled_since"),
                "the primary one is nobody's affiliate",
                "remove it, or make another one primary",
            )
        if until is not None and since is None:
            yield Problem(
                (*at, "controlled_since"), "is missing where control ends", "add the day it began"
            )
        elif until is not None and since is not None and until < since:
            yield Problem(
                (*at, "controlled_until"), "lies before control began", "correct one of both days"
            )


def _services(document: PolicyDocument) -> Problems:
    """P01: a service is under this document, and says where, or under one of its own; P21."""
    for id_, one in document.services.items():
        at: Path = ("services", id_)
        if one.covered and one.statement is not None:
            yield Problem(
                (*at, "statement"),
                "a service with a statement of its own is not covered by this one",
                "write covered: false, or remove it",
            )
        elif not one.covered and one.statement is None:
            yield Problem(
                (*at, "statement"),
                "a service that is not covered must name its own statement",
                "add statement, with one of documents",
            )
        elif one.covered and not one.shown_at:
            yield Problem(
                (*at, "shown_at"),
                "must say where its notice is shown (GDPR Art. 12(1))",
                "add shown_at, with at least one address",
            )
        if (one.deletion == "reviewed") != (one.reviewer is not None):
            yield Problem(
                (*at, "reviewer"),
                "goes with deletion: reviewed, and only with it",
                "add reviewer, or write deletion: automatic without one",
            )


def _recipients(document: PolicyDocument) -> Problems:
    grounds = document.disclosure_grounds.values()
    for id_, one in document.recipients.items():
        at: Path = ("recipients", id_)
        if one.kind == "processor" and not one.agreement_required:
            yield Problem(
                (*at, "agreement_required"),
                "a processor needs an agreement (GDPR Art. 28(3))",
                "write agreement_required: true",
            )
        if one.kind == "processor" and not one.confidential:
            yield Problem(
                (*at, "confidential"),
                "a processor is bound to confidentiality (GDPR Art. 28(3)(b))",
                "write confidential: true, once the agreement says so",
            )
        if one.kind != "own-system" and not any(one.kind in ground.kinds for ground in grounds):
            yield Problem(
                (*at, "kind"),
                "no disclosure ground lets data go to this kind",
                "name the kind in a disclosure ground",
            )
        free = {kind for ground in grounds if ground.asks_for_nothing for kind in ground.kinds}
        if one.standing and one.kind not in {*free, "own-system"}:
            yield Problem(
                (*at, "standing"),
                "every ground for this kind asks for something first, which nobody does who can "
                "reach data at any time",
                "remove it, or name the kind in a ground that asks for nothing",
            )
        yield from _affiliate(document, one, at)
        yield from _sub_processors(document, id_, one, at)


def _affiliate(document: PolicyDocument, one: Recipient, at: Path) -> Problems:
    """An affiliate is one as long as the company controls it (P15)."""
    if (one.kind == "affiliate") != (one.controller is not None):
        yield Problem(
            (*at, "controller"),
            "goes with the kind affiliate, and only with it",
            "add the legal entity it is, or remove it",
        )
    elif one.controller and document.controllers[one.controller].controlled_since is None:
        yield Problem(
            ("controllers", one.controller, "controlled_since"),
            "is missing at the legal entity of an affiliate",
            "add the day since when it is controlled",
        )


def _sub_processors(document: PolicyDocument, id_: str, one: Recipient, at: Path) -> Problems:
    """A sub-processor does part of its processor's work, and gets no more (GDPR Art. 28(4))."""
    for number, name in enumerate(one.sub_processors):
        other = document.recipients[name]
        if name == id_ or one.kind != "processor" or other.kind != "processor":
            yield Problem(
                (*at, "sub_processors", number),
                "a sub-processor is another processor, of a processor",
                "name a recipient of the kind processor, or remove it",
            )
        elif more := {*other.attributes} - {*one.attributes}:
            yield Problem(
                (*at, "sub_processors", number),
                f"{name} would get {min(more)}, which this recipient does not get",
                "remove it there, or add it here",
            )


def _receivable(document: PolicyDocument) -> Problems:
    """Nobody may be allowed an attribute that none of their purposes uses (GDPR Art. 5(1)(c)), nor
    what customers stored, unless they act for the company (P02)."""
    for id_, one in document.recipients.items():
        usable = {
            class_ for purpose in one.purposes for class_ in document.purposes[purpose].classes
        }
        for number, attribute in enumerate(one.attributes):
            class_ = document.attributes[attribute].class_
            at: Path = ("recipients", id_, "attributes", number)
            if class_ not in usable:
                yield Problem(
                    at,
                    f"none of these purposes uses the class of {attribute}",
                    "remove it, or add the purpose it is for",
                )
            if document.classes[class_].instructed and one.kind not in IN_HAND:
                yield Problem(
                    at, f"{attribute} is customers' content, which goes to nobody else", "remove it"
                )


def _marketing(document: PolicyDocument) -> Problems:
    """Nobody outside advertises with the data (P16)."""
    for id_, one in document.recipients.items():
        for number, purpose in enumerate(one.purposes):
            if document.purposes[purpose].marketing and one.kind not in IN_HAND:
                yield Problem(
                    ("recipients", id_, "purposes", number),
                    f"{purpose} is advertising, which is not passed on to others",
                    "remove it, or let a processor do it",
                )


def _grounds(document: PolicyDocument) -> Problems:
    for id_, one in document.disclosure_grounds.items():
        at: Path = ("disclosure_grounds", id_)
        yield from _named(one, at)
        yield from _gag(one, at)
        yield from _stages(document, one, at)
        if set(one.kinds) & {*OUTSIDE} and not (one.consent or one.reference):
            yield Problem(
                at,
                "would let data go to others without consent, and without saying why (P15)",
                "write consent: true or reference: true",
            )


def _named(one: DisclosureGround, at: Path) -> Problems:
    """Authorities and successors get data for a reason that is named, and somebody answers for."""
    if one.one_document and not one.reference:
        yield Problem(
            (*at, "reference"), "which document it is about must be named", "write reference: true"
        )
    if {*one.kinds} == {"agent"} and not (one.consent or one.one_document):
        yield Problem(
            (*at, "one_document"),
            "an agent gets what belongs to that one purchase (P05)",
            "write one_document: true, or consent: true",
        )
    if not {*one.kinds} & {"authority", "successor"}:
        return
    if not one.reference:
        yield Problem(
            (*at, "reference"),
            "what an authority or a successor asks must be named (P18, P19)",
            "write reference: true",
        )
    if not one.authorised_by:
        yield Problem(
            (*at, "authorised_by"),
            "somebody must answer for what an authority or a successor gets (P18, P19)",
            "name the functions that may authorise it",
        )


def _gag(one: DisclosureGround, at: Path) -> Problems:
    """Only what an authority demands is kept from the person, and not for ever (P18)."""
    if one.gag and {*one.kinds} != {"authority"}:
        yield Problem(
            (*at, "gag"), "only an authority can demand silence", "remove it, or the other kinds"
        )
    if one.gag != (one.gag_review is not None):
        yield Problem(
            (*at, "gag_review"),
            "goes with gag: true, and only with it",
            f"add the period after which it is reviewed, up to {LONGEST_REVIEW}",
        )
    elif one.gag_review is not None and not at_most(one.gag_review, LONGEST_REVIEW):
        yield Problem(
            (*at, "gag_review"), "must come within twelve months", f"write {LONGEST_REVIEW} or less"
        )


def _stages(document: PolicyDocument, one: DisclosureGround, at: Path) -> Problems:
    """A corporate transaction has stages, and nothing else has (P19)."""
    successor = "successor" in one.kinds
    if successor and {*one.kinds} != {"successor"}:
        yield Problem((*at, "kinds"), "a successor needs a ground of its own", "remove the others")
    if successor != bool(one.stages):
        yield Problem(
            (*at, "stages"),
            "go with the kind successor, and only with it",
            "say what is passed on in which stage, or remove them",
        )
    if successor and len(one.stages) == 1:
        yield Problem(
            (*at, "stages"), "there are at least two, the first of them minimal", "add the other"
        )
    known: set[str] = set()
    for stage, passed in one.stages.items():
        if not known <= {*passed.attributes}:
            yield Problem(
                (*at, "stages", stage, "attributes"),
                f"a later stage passes on {min(known - {*passed.attributes})} too",
                "put the stages in order, the one that passes on least first",
            )
        elif known == {*passed.attributes}:
            yield Problem(
                (*at, "stages", stage, "attributes"),
                "passes on no more than the stage before, which is to be minimal",
                "leave out of the stage before what it does not need",
            )
        known |= {*passed.attributes}
    yield from _after(one, at)
    yield from _receivable_stages(document, one, at)


def _after(one: DisclosureGround, at: Path) -> Problems:
    """What comes after a stage is written after it."""
    before: list[str] = []
    for stage, passed in one.stages.items():
        if passed.after is not None and passed.after not in before:
            likely = f"name one of {', '.join(before)}" if before else "remove it"
            yield Problem(
                (*at, "stages", stage, "after"), "is no stage that stands before this one", likely
            )
        before.append(stage)


def _receivable_stages(document: PolicyDocument, one: DisclosureGround, at: Path) -> Problems:
    received = {
        attribute
        for recipient in document.recipients.values()
        if recipient.kind in one.kinds
        for attribute in recipient.attributes
    }
    for stage, passed in one.stages.items():
        for number, attribute in enumerate(passed.attributes):
            if attribute not in received:
                yield Problem(
                    (*at, "stages", stage, "attributes", number),
                    f"no recipient of these kinds may get {attribute}",
                    "remove it, or allow it to the recipient",
                )


CHECKS = (
    _controllers, _services, _recipients, _receivable, _marketing, _grounds,
)  # fmt: skip
