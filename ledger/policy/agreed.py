"""What people agreed to, and whether it still is what a document asks them about. Pure.

A consent is good for the text that was shown and for what that text was about (GDPR Art. 4(11),
7(1)). A document that shows another text, or uses more, leaves it without a valid notice.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from ledger.policy.model import PolicyDocument

Lapse = Literal[
    "notice-gone", "text-gone", "text-changed", "silent-on-purpose", "link-changed", "uses-more",
    "newly-asked",
]  # fmt: skip

SAYS: dict[Lapse, str] = {
    "notice-gone": "the notice that people were shown is not in the document any more.",
    "text-gone": "the notice has no text any more in the language people were shown.",
    "text-changed": "the text that people were shown has changed.",
    "silent-on-purpose": "the notice that people were shown does not tell of it any more.",
    "link-changed": "a document that the notice links to has changed.",
    "uses-more": "it uses more than people agreed to.",
    "newly-asked": "it rests on consent now, and nobody was asked.",
}
"""Why people have to be asked anew."""


class Agreement(NamedTuple):
    """A consent as it was given: to what, and which text was shown (its SHA-256)."""

    purpose: str
    notice: str
    language: str
    digest: bytes


def rests_on_consent(policy: PolicyDocument, purpose: str) -> bool:
    """Whether this purpose is carried out, and needs the consent of anybody, under any law."""
    listed = policy.purposes.get(purpose)
    if listed is None or listed.ended:
        return False
    return "consent" in {listed.basis, *(one.basis for one in listed.bases.values())}


def lapse(
    policy: PolicyDocument, agreement: Agreement, then: PolicyDocument | None = None
) -> Lapse | None:
    """Why a consent has no valid notice in this document; None where it has, or where none is needed.

    `then`: the document under which it was given; None: not looked at.
    """
    if not rests_on_consent(policy, agreement.purpose):
        return None
    notice = policy.notices.get(agreement.notice)
    if notice is None:
        return "notice-gone"
    if agreement.language not in notice.texts:
        return "text-gone"
    if notice.digest(agreement.language) != agreement.digest:
        return "text-changed"
    if agreement.purpose not in notice.purposes:
        return "silent-on-purpose"
    return None if then is None else _since(policy, agreement, then)


def _since(policy: PolicyDocument, agreement: Agreement, then: PolicyDocument) -> Lapse | None:
    """What has changed behind a text that is still the same."""
    if agreement.notice in then.notices:
        links = _links(policy, agreement.notice)
        if links != _links(then, agreement.notice):
            return "link-changed"
    before = then.purposes.get(agreement.purpose)
    used = policy.purposes[agreement.purpose].classes
    return "uses-more" if before is not None and set(used) - set(before.classes) else None


def _links(policy: PolicyDocument, notice: str) -> dict[str, str | None]:
    """The documents that are part of a notice, by id, with their hash (POLICY.md, P30)."""
    listed = {one: policy.documents.get(one) for one in policy.notices[notice].documents}
    return {id_: one.sha256 if one else None for id_, one in listed.items()}


def asked_anew(before: PolicyDocument, after: PolicyDocument) -> dict[str, Lapse]:
    """The purposes of `after` that people have to be asked about anew, each with the first reason."""
    found: dict[str, Lapse] = {}
    for purpose in after.purposes:
        if not rests_on_consent(after, purpose) or purpose not in before.purposes:
            continue
        if _newly_asked(before, after, purpose):
            found[purpose] = "newly-asked"
            continue
        lapses = (lapse(after, one, before) for one in _texts_of(before, purpose))
        first = next((why for why in lapses if why is not None), None)
        if first is not None:
            found[purpose] = first
    return found


def _newly_asked(before: PolicyDocument, after: PolicyDocument, purpose: str) -> bool:
    """Whether a law asks for consent where it did not."""
    old, new = before.purposes[purpose], after.purposes[purpose]
    return any(
        new.bases.get(regime, new).basis == "consent"
        and old.bases.get(regime, old).basis != "consent"
        for regime in ("", *after.regimes)
    )


def _texts_of(policy: PolicyDocument, purpose: str) -> list[Agreement]:
    """Everything that people may have agreed to under a document, for a purpose."""
    return [
        Agreement(purpose, id_, language, notice.digest(language))
        for id_, notice in policy.notices.items()
        if purpose in notice.purposes
        for language in notice.texts
    ]
