"""The ledger's rules by name: what each says, and what to do about it.

A rule's code is permanent: refusals and findings are stored with it. What the rules *allow* comes
from the policy document; nothing here names a purpose, a class or a recipient.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """One sentence that says the rule, one that says the remedy, and the numbers of the statements
    of the reference policy that it carries out (POLICY.md)."""

    says: str
    remedy: str
    statements: tuple[str, ...] = ()


_LIST = "List it in the policy document and publish that, or use one that is listed."
_ASK = "Ask the person, under a notice that covers the purpose."

RULES: dict[str, Rule] = {
    # what the document does not list
    "attribute-unlisted": Rule("The policy does not list this attribute.", _LIST, ("P03",)),
    "purpose-unlisted": Rule(
        "The policy does not list this purpose.",
        _LIST,
        (
            "P02",
            "P11",
            "P26",
        ),
    ),
    "source-unlisted": Rule(
        "The policy does not list this source.",
        _LIST,
        (
            "P04",
            "P05",
        ),
    ),
    "service-unlisted": Rule(
        "The policy does not list or cover this service.",
        _LIST,
        (
            "P01",
            "P09",
        ),
    ),
    "country-unlisted": Rule("The policy does not list this country.", _LIST, ("P14",)),
    "recipient-unlisted": Rule(
        "The policy does not list this recipient.",
        _LIST,
        (
            "P15",
            "P17",
        ),
    ),
    "ground-unlisted": Rule("The policy does not list this ground.", _LIST, ("P15",)),
    "channel-unlisted": Rule("The policy does not list this channel.", _LIST, ("P27",)),
    "reason-unlisted": Rule("The policy does not list this reason.", _LIST, ("P27",)),
    "notice-unlisted": Rule("The policy has no such notice in this language.", _LIST, ("P04",)),
    "class-unlisted": Rule("The policy does not list this retention class.", _LIST, ("P21",)),
    # the state of the person's data, in the order of precedence
    "subject-erased": Rule(
        "The person's data was erased.",
        "A person who returns is registered as a new subject.",
        ("P21",),
    ),
    "erasure-requested": Rule(
        "Erasure was asked for; what waits serves its ground's purposes only.",
        "Carry the erasure out, or act for a purpose of the ground that retains the data.",
        ("P21",),
    ),
    "retained-for-its-ground-only": Rule(
        "The data is retained and may be used for its ground's purposes only.",
        "Act for a purpose of that ground, or wait until the claim ends.",
        (
            "P21",
            "P22",
            "P23",
            "P24",
        ),
    ),
    "switched-off-for-all": Rule(
        "The person switched this purpose off for all services.",
        "Only the person can undo it.",
        (
            "P13",
            "P26",
        ),
    ),
    "switched-off-for-service": Rule(
        "The person switched this purpose off for this service, or for one if none is named.",
        "Only the person can undo it; for another service, name that.",
        ("P26",),
    ),
    "consent-withdrawn": Rule("The person withdrew consent to this purpose.", _ASK, ("P04",)),
    "consent-missing": Rule(
        "This purpose needs a consent that was not given.",
        _ASK,
        (
            "P04",
            "P15",
        ),
    ),
    "not-switched-on": Rule("This purpose is off until it is switched on.", _ASK, ("P26",)),
    # consent, notice, switches
    "notice-missing": Rule(
        "This source needs a notice that was shown.", "Show a notice, name it.", ("P04",)
    ),
    "notice-silent-on-purpose": Rule(
        "The notice that was shown does not mention this purpose.",
        "Show one that does.",
        (
            "P04",
            "P11",
        ),
    ),
    "consent-not-a-basis": Rule(
        "This purpose does not rest on consent.",
        "Use its switch, or its own legal basis.",
        (
            "P04",
            "P11",
        ),
    ),
    "grant-before-protection": Rule(
        "The grant is dated before a withdrawal or switching-off of the same purpose.",
        "Ask the person again.",
        ("P13",),
    ),
    "required-purpose": Rule(
        "This purpose is required and cannot be switched off.",
        "Close the account, or ask for erasure.",
        ("P12",),
    ),
    # collecting and disclosing
    "attribute-not-for-purpose": Rule(
        "None of the purposes named uses this kind of data.",
        "Leave it out, or name its purpose.",
        (
            "P02",
            "P11",
        ),
    ),
    "recipient-unregistered": Rule(
        "The recipient is listed but not on the register.",
        "Register it with its agreement.",
        ("P17",),
    ),
    "agreement-missing": Rule(
        "No agreement with the recipient is on record.", "Record it first.", ("P17",)
    ),
    "agreement-expired": Rule(
        "The agreement with the recipient has ended.", "Renew it first.", ("P17",)
    ),
    "purpose-not-for-recipient": Rule(
        "The recipient may not receive data for this purpose.",
        "Name a purpose it serves.",
        ("P17",),
    ),
    "country-not-for-recipient": Rule(
        "The recipient is not listed for this country.",
        "Name a country it is listed for.",
        (
            "P14",
            "P17",
        ),
    ),
    "ground-not-for-recipient": Rule(
        "This ground does not allow disclosure to this kind of recipient.",
        "Name another ground.",
        ("P15",),
    ),
    "ground-reference-missing": Rule(
        "This ground needs its reference (order, case, mandate).", "Give the reference.", ("P18",)
    ),
    "attribute-not-for-recipient": Rule(
        "The recipient may not receive this attribute.", "Leave it out.", ("P17",)
    ),
    "item-missing": Rule(
        "There is no such value to pass on.", "Name attributes that are there.", ("P17",)
    ),
    "authorisation-unknown": Rule(
        "There is no such authorisation.", "Leave it out, or correct it.", ("P18",)
    ),
    "authorisation-expired": Rule(
        "The authorisation had ended when the disclosure happened.",
        "Ask for a new one next time.",
        ("P18",),
    ),
    "authorisation-too-late": Rule(
        "The disclosure happened before it was authorised.",
        "Ask before the data goes next time.",
        ("P18",),
    ),
    "authorisation-exceeded": Rule(
        "What was disclosed goes beyond the authorisation.",
        "Ask for what is needed next time.",
        ("P18",),
    ),
    "slot-erased": Rule(
        "This data was erased, and what is told does not bring it back.",
        "Ask the person again.",
        ("P21",),
    ),
    # runs, claims, erasure, annulment
    "subject-unknown": Rule("There is no such subject.", "Leave it out."),
    "not-admitted": Rule(
        "The run was not admitted for this subject.", "Start a run that names it.", ("P26",)
    ),
    "run-finished": Rule("The run has finished.", "Start another run."),
    "agreed-already": Rule(
        "Two different people have to agree that a sweep goes on.", "Have somebody else agree."
    ),
    "class-not-in-ground": Rule(
        "This ground does not cover this class.", "Name another ground.", ("P22",)
    ),
    "claim-too-long": Rule(
        "The claim would run longer than its ground allows.", "Name an earlier end.", ("P24",)
    ),
    "entry-stands": Rule(
        "Entries of this kind cannot be annulled.", "Record what is true from here on instead."
    ),
    # purposes, objections, restrictions
    "purpose-prohibited": Rule(
        "Nothing may be used or passed on for this purpose, on any ground.",
        "Leave it. Neither consent nor another ground permits it.",
        ("P16",),
    ),
    "third-party-marketing": Rule(
        "Nobody outside may advertise for themselves with the data, on any ground.",
        "Leave it, or have a processor do it for the company, under agreement.",
        ("P16",),
    ),
    "purpose-ended": Rule(
        "This purpose is carried out no more.",
        "Name another purpose, or publish it anew.",
        ("P11",),
    ),
    "processing-restricted": Rule(
        "Processing of this data is restricted (GDPR Art. 18).",
        "With the person's consent lift it first, and tell them; for legal claims act for a purpose "
        "that the policy lists with `despite_restriction`.",
        ("P06", "P24"),
    ),
    "objected": Rule("The person objected to this purpose (GDPR Art. 21).", _ASK, ("P06", "P11")),
    "objection-not-possible": Rule(
        "This purpose rests on no interest that could be objected to.",
        "Withdraw the consent, close the account, or ask for erasure.",
        ("P11",),
    ),
    "volunteered-not-under-regime": Rule(
        "Under the law that protects this person, what they said unasked permits nothing more.",
        _ASK,
        ("P06",),
    ),
    "regime-unlisted": Rule("The policy does not list this law.", _LIST, ("P11",)),
    # services, messages, suppliers
    "service-has-own-statement": Rule(
        "This service has a privacy statement of its own; this one does not cover it.",
        "Act under that statement.",
        ("P01",),
    ),
    "market-not-served": Rule(
        "The service is not offered in this market.", "List the market, or leave it.", ("P01",)
    ),
    "supplier-missing": Rule(
        "What comes from others needs the name of who supplied it.", "Name the supplier.", ("P05",)
    ),
    "inform-overdue": Rule(
        "The person was not told in time where the data came from.",
        "Tell them, and record it.",
        ("P05",),
    ),
    "template-unlisted": Rule("The policy does not register this message.", _LIST, ("P12",)),
    "template-missing": Rule(
        "A purpose that sends messages needs the name of the message.", "Name it.", ("P12",)
    ),
    "template-not-for-purpose": Rule(
        "This message belongs to another purpose.", "Name its purpose.", ("P12",)
    ),
    "promotion-in-mandatory-message": Rule(
        "A required purpose may not carry promotion.", "Send it for an optional purpose.", ("P12",)
    ),
    "click-from-mandatory-message": Rule(
        "Links of mandatory messages are not followed.", "Leave it out.", ("P10", "P12")
    ),
    "content-not-ours": Rule(
        "What customers store belongs to the customer's account, not to a person's own record.",
        "Store it in the account.",
        ("P02",),
    ),
    "content-on-instruction-only": Rule(
        "What customers store serves providing the service, on their instruction, only.",
        "Leave it, or act on the customer's instruction.",
        ("P02",),
    ),
    # card and account numbers
    "identifier-found": Rule(
        "The text holds the number of a card or account, which is never stored.",
        "Leave it out; keep the payment provider's reference.",
        ("P08",),
    ),
    # disclosures
    "affiliate-not-controlled": Rule(
        "The company does not control this affiliate on that day.",
        "Name another ground and recipient.",
        ("P15",),
    ),
    "not-confidential": Rule(
        "The agreement does not bind the recipient to confidentiality.",
        "Agree on it first.",
        ("P17",),
    ),
    "ground-not-authorised": Rule(
        "Nobody of a function that this ground asks for authorised it.",
        "Have it authorised by one who may.",
        ("P18",),
    ),
    "gag-not-for-ground": Rule(
        "On this ground nothing may be hidden from the person.",
        "Leave hidden_until out, or name the ground that forbids telling.",
        ("P18",),
    ),
    "standing-not-for-recipient": Rule(
        "The policy lets this recipient reach nothing at any time.",
        "Mark it as standing in the policy document, or have each disclosure authorised.",
        ("P15", "P17"),
    ),
    "document-missing": Rule(
        "This ground passes on values of one purchase only.", "Name its document.", ("P05",)
    ),
    "item-of-another-document": Rule(
        "This value does not belong to the purchase named.", "Leave it out.", ("P05",)
    ),
    "stage-missing": Rule(
        "This ground needs the stage of the transaction.", "Name the stage.", ("P19",)
    ),
    "stage-unlisted": Rule("The ground has no such stage.", _LIST, ("P19",)),
    "stage-too-early": Rule(
        "This stage comes after one in which the person's data was not.",
        "Begin with the stage before.",
        ("P19",),
    ),
    "attribute-not-for-stage": Rule(
        "This stage does not pass this attribute on.",
        "Leave it out until the next stage.",
        ("P19",),
    ),
    "opening-needs-ground": Rule(
        "Contents of communications are opened for support, or on a ground with its reference.",
        "Name a reason that serves support, or the ground and its reference.",
        ("P18",),
    ),
    "report-not-requested": Rule(
        "A report of all that is held answers a request of the person, and serves nothing else.",
        "Name a reason whose purpose handles requests, or look at single values for yours.",
        ("P02", "P20", "P27"),
    ),
    # accounts
    "role-unlisted": Rule("The policy does not list this role of members.", _LIST, ("P07",)),
    "matter-unlisted": Rule(
        "The policy does not list this kind of case or hold.", _LIST, ("P22", "P23")
    ),
    "case-without-class": Rule(
        "The policy has no class of its own for what is carried into a case of this kind.",
        "Name a class with a case as its scope in the rule that such a case triggers.",
        ("P23",),
    ),
    "account-closed": Rule("The account is closed.", "Open another one.", ("P07",)),
    "member-unknown": Rule("The person is no member of the account.", "Have them join.", ("P07",)),
}
