"""The ledger's rules by name: what each says, and what to do about it.

A rule's code is permanent: refusals and findings are stored with it. What the rules *allow* comes
from the policy document; nothing here names a purpose, a class or a recipient.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """One sentence that says the rule, and one that says the remedy."""

    says: str
    remedy: str


_LIST = "List it in the policy document and publish that, or use one that is listed."
_ASK = "Ask the person, under a notice that covers the purpose."

RULES: dict[str, Rule] = {
    # what the document does not list
    "attribute-unlisted": Rule("The policy does not list this attribute.", _LIST),
    "purpose-unlisted": Rule("The policy does not list this purpose.", _LIST),
    "source-unlisted": Rule("The policy does not list this source.", _LIST),
    "service-unlisted": Rule("The policy does not list or cover this service.", _LIST),
    "country-unlisted": Rule("The policy does not list this country.", _LIST),
    "recipient-unlisted": Rule("The policy does not list this recipient.", _LIST),
    "ground-unlisted": Rule("The policy does not list this ground.", _LIST),
    "channel-unlisted": Rule("The policy does not list this channel.", _LIST),
    "reason-unlisted": Rule("The policy does not list this reason.", _LIST),
    "notice-unlisted": Rule("The policy has no such notice in this language.", _LIST),
    "class-unlisted": Rule("The policy does not list this retention class.", _LIST),
    # the state of the person's data, in the order of precedence
    "subject-erased": Rule(
        "The person's data was erased.", "A person who returns is registered as a new subject."
    ),
    "erasure-requested": Rule(
        "Erasure was asked for; what waits serves its ground's purposes only.",
        "Carry the erasure out, or act for a purpose of the ground that retains the data.",
    ),
    "retained-for-its-ground-only": Rule(
        "The data is retained and may be used for its ground's purposes only.",
        "Act for a purpose of that ground, or wait until the claim ends.",
    ),
    "switched-off-for-all": Rule(
        "The person switched this purpose off for all services.", "Only the person can undo it."
    ),
    "switched-off-for-service": Rule(
        "The person switched this purpose off for this service.", "Only the person can undo it."
    ),
    "consent-withdrawn": Rule("The person withdrew consent to this purpose.", _ASK),
    "consent-missing": Rule("This purpose needs a consent that was not given.", _ASK),
    "not-switched-on": Rule("This purpose is off until it is switched on.", _ASK),
    # consent, notice, switches
    "notice-missing": Rule("This source needs a notice that was shown.", "Show a notice, name it."),
    "notice-silent-on-purpose": Rule(
        "The notice that was shown does not mention this purpose.", "Show one that does."
    ),
    "consent-not-a-basis": Rule(
        "This purpose does not rest on consent.", "Use its switch, or its own legal basis."
    ),
    "grant-before-protection": Rule(
        "The grant is dated before a withdrawal or switching-off of the same purpose.",
        "Ask the person again.",
    ),
    "required-purpose": Rule(
        "This purpose is required and cannot be switched off.",
        "Close the account, or ask for erasure.",
    ),
    # collecting and disclosing
    "attribute-not-for-purpose": Rule(
        "None of the purposes named uses this kind of data.", "Leave it out, or name its purpose."
    ),
    "recipient-unregistered": Rule(
        "The recipient is listed but not on the register.", "Register it with its agreement."
    ),
    "agreement-missing": Rule("No agreement with the recipient is on record.", "Record it first."),
    "agreement-expired": Rule("The agreement with the recipient has ended.", "Renew it first."),
    "purpose-not-for-recipient": Rule(
        "The recipient may not receive data for this purpose.", "Name a purpose it serves."
    ),
    "country-not-for-recipient": Rule(
        "The recipient is not listed for this country.", "Name a country it is listed for."
    ),
    "ground-not-for-recipient": Rule(
        "This ground does not allow disclosure to this kind of recipient.", "Name another ground."
    ),
    "ground-reference-missing": Rule(
        "This ground needs its reference (order, case, mandate).", "Give the reference."
    ),
    "attribute-not-for-recipient": Rule(
        "The recipient may not receive this attribute.", "Leave it out."
    ),
    "item-missing": Rule("There is no such value to pass on.", "Name attributes that are there."),
    "authorisation-unknown": Rule(
        "There is no such authorisation.", "Leave it out, or correct it."
    ),
    "authorisation-expired": Rule(
        "The authorisation had ended when the disclosure happened.", "Ask for a new one next time."
    ),
    "authorisation-exceeded": Rule(
        "What was disclosed goes beyond the authorisation.", "Ask for what is needed next time."
    ),
    "slot-erased": Rule(
        "This data was erased, and what is told does not bring it back.", "Ask the person again."
    ),
    # runs, claims, erasure, annulment
    "subject-unknown": Rule("There is no such subject.", "Leave it out."),
    "not-admitted": Rule(
        "The run was not admitted for this subject.", "Start a run that names it."
    ),
    "run-finished": Rule("The run has finished.", "Start another run."),
    "attribute-not-in-run": Rule("The run did not ask for this attribute.", "Start another run."),
    "class-not-in-ground": Rule("This ground does not cover this class.", "Name another ground."),
    "claim-too-long": Rule(
        "The claim would run longer than its ground allows.", "Name an earlier end."
    ),
    "slot-unknown": Rule("There is no such data, or it is erased already.", "Read the plan again."),
    "entry-stands": Rule(
        "Entries of this kind cannot be annulled.", "Record what is true from here on instead."
    ),
}
