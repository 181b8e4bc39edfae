"""The pure decisions on messages: which one may be sent for what, and whose links are followed.

A message that the document does not register is not sent. A mandatory one carries a required purpose
and no promotion, and nobody is told which of its links were followed (P10, P12).
"""

from __future__ import annotations

from ledger.events import Finding
from ledger.policy.decisions import Findings
from ledger.policy.model import PolicyDocument
from ledger.policy.uses import Purpose, Template


def sending(policy: PolicyDocument, purpose: str, template: str | None) -> Findings:
    """May a run for this purpose send this message? At most one finding.

    A purpose for which the document registers a message sends messages, and each run names one.
    """
    if template is None:
        sends = any(one.purpose == purpose for one in policy.templates.values())
        return (Finding("template-missing", purpose),) if sends else ()
    message = policy.templates.get(template)
    if message is None:
        return (Finding("template-unlisted"),)
    listed = policy.purposes.get(purpose)
    if listed is not None and _promotes(message, listed):
        return (Finding("promotion-in-mandatory-message", template),)
    if message.purpose != purpose:
        return (Finding("template-not-for-purpose", template),)
    return ()


def following(policy: PolicyDocument, source: str, template: str | None) -> Findings:
    """May links of this message be followed, if that is what the source tells? At most one finding."""
    listed = policy.sources.get(source)
    if template is not None and template not in policy.templates:
        return (Finding("template-unlisted"),)
    if listed is None or not listed.followed:
        return ()
    if template is None:
        return (Finding("template-missing", source),)
    if policy.templates[template].kind == "mandatory":
        return (Finding("click-from-mandatory-message", template),)
    return ()


def _promotes(message: Template, purpose: Purpose) -> bool:
    return message.kind == "promotional" and purpose.required
