"""What an import remembers of itself, beside the collections it tells."""

from __future__ import annotations

from typing import ClassVar

from ledger.command import Command
from ledger.desk import Desk


class NoteImport(Command, frozen=True, kw_only=True):
    """An import begins, or has dealt with some of its lines. No event: the command's id is enough.

    `content` names the file's bytes and the mapping (keyed, hex); the same key for another content
    is refused as reused, so an import's id never stands for two files.
    """

    NAME: ClassVar[str] = "note-import"
    TOLD: ClassVar[bool] = True

    content: str

    def decide(self, desk: Desk) -> None:
        desk.unchanged()
