"""What a document is silent on that a law asks for, by article: warnings for its author, never errors.

A document may be right to be silent (the law may not apply), and its words may be wrong although
nothing is missing here: this is a list to go through with a lawyer, not an opinion.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping

from ledger.policy.gaps import ccpa, dpdp, gdpr
from ledger.policy.gaps.gap import Gap
from ledger.policy.law import Law
from ledger.policy.model import PolicyDocument

__all__ = ["LAWS", "Gap", "gaps"]

LAWS: Mapping[Law, Callable[[PolicyDocument, dt.date], Iterator[Gap]]] = {
    Law.GDPR: gdpr.gaps,
    Law.DPDP: dpdp.gaps,
    Law.CCPA: ccpa.gaps,
}


def gaps(document: PolicyDocument, law: Law, today: dt.date) -> list[Gap]:
    """What the law asks for and the document does not say, in the order of the law's articles."""
    return list(LAWS[law](document, today))
