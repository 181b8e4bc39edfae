"""What a document calls its ids, for sentences: labels in quotes, lists, periods in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from ledger.policy.model import PolicyDocument
from ledger.policy.periods import in_words

SHOWN = 80
"""Characters of a longer text that a sentence shows."""


class Names:
    """The names of one document; of what it lists no more, those of the one before it."""

    def __init__(self, *documents: PolicyDocument) -> None:
        self._documents = documents

    def label(self, section: str, id_: str) -> str:
        """What an entry of a section is called; its id where it has no name."""
        for document in self._documents:
            entry = getattr(document, section).get(id_)
            for key in ("label", "name", "title"):
                if found := getattr(entry, key, None):
                    return str(found)
        return id_

    def quoted(self, section: str, id_: str) -> str:
        """The same as a sentence holds it: in quotes."""
        return f"“{self.label(section, id_)}”"

    def listed(self, section: str | None, ids: Iterable[str]) -> str:
        """`“a”, “b” and “c”`; ids of no section stand as they are."""
        names = [self.quoted(section, id_) if section else str(id_) for id_ in ids]
        *most, last = names or ["none"]
        return f"{', '.join(most)} and {last}" if most else last

    def said(self, value: Any, section: str | None = None) -> str:
        """A value of the document, as a sentence holds it."""
        if value is None or value == ():
            return "none"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, tuple):
            return self.listed(section, value)
        if isinstance(value, BaseModel):
            return self._parts(value)
        if section is not None:
            return self.quoted(section, value)
        text = in_words(value) if isinstance(value, str) else str(value)
        if isinstance(value, dt.date):
            text = value.isoformat()
        return text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()} …"

    def _parts(self, value: BaseModel) -> str:
        told = {key: part for key, part in value.model_dump().items() if part not in (None, (), {})}
        return ", ".join(f"{key.replace('_', ' ')} {self.said(part)}" for key, part in told.items())
