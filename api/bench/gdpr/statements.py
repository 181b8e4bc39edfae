"""What is stated for all records of a purpose, as readers see it: from the versions of the policy.

A version is read once and never again, since a published version does not change; each reading asks
the projection for newer ones first, in the snapshot it reads the records in.
"""

from __future__ import annotations

from typing import NamedTuple

from api.bench.gdpr import policy
from ledger.policy import document
from projections import policies
from projections.queries import Tables


class Statement(NamedTuple):
    """A value that holds for all records of a purpose, and the position that said so."""

    value: str
    position: int


class Statements:
    """Purpose → field → statement, as far as the policy has been read."""

    def __init__(self) -> None:
        self._version = 0
        self._notices: dict[str, str] = {}
        self._said: dict[str, dict[int, Statement]] = {}

    def refresh(self, tables: Tables) -> None:
        """Read the versions that have been published since."""
        for published in policies.since(tables, self._version):
            notices = document.read(published.document).notices
            for purpose, notice in notices.items():
                said = notice.texts["en"]
                if purpose.startswith("purpose") and said != self._notices.get(purpose):
                    self._notices[purpose] = said
                    self._take(purpose, said, published.position)
            self._version = published.version

    def of(self, purpose: str) -> dict[int, Statement]:
        """What holds for all records of a purpose, by field; later than their own word, if it is."""
        return self._said.get(purpose, {})

    def _take(self, purpose: str, said: str, position: int) -> None:
        known = self._said.setdefault(purpose, {})
        for field, (value, version) in policy.read_notice(said).items():
            if version > self._version:  # said by this version, not repeated by it
                known[field] = Statement(value, position)
