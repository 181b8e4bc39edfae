"""The laws that a document can be compared with; in a file of its own, which costs nothing to import."""

from __future__ import annotations

from enum import StrEnum


class Law(StrEnum):
    """A law that protects people, by its common abbreviation."""

    GDPR = "gdpr"
    DPDP = "dpdp"
    CCPA = "ccpa"
