"""The commands an import hands to the ledger: all told by one actor, each with an id of its own."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from api.importing.mapping import Mapping, ShownNotice
from api.importing.people import News
from api.importing.rows import Cell, Row
from ledger.commands.collecting import Notice
from ledger.commands.consenting import RecordConsent
from ledger.commands.importing import NoteImport, StatedConsent, TellLine
from ledger.commands.values import Value


class Teller:
    """Words what lines say as commands. `content` is the keyed name of file and mapping, in hex."""

    def __init__(self, mapping: Mapping, by: UUID, import_id: str, content: str) -> None:
        self._mapping = mapping
        self._import_id = import_id
        self._content = content
        self.by = by
        self.source = mapping.source

    def key(self, *part: int | str) -> str:
        """The actor's own id for the import, a line of it, or a batch."""
        return ":".join([self._import_id, *map(str, part)])

    def note(self, *part: int | str) -> NoteImport:
        """That the import, a batch or a line of it is known to the ledger."""
        return NoteImport(by=self.by, key=self.key(*part), content=self._content)

    def collection(self, row: Row, subject: UUID | None, new: News) -> TellLine:
        """What a line tells of a person, or of somebody not known so far: then with the consents
        it states, all of which are news."""
        said = self._mapping
        return TellLine(
            by=self.by,
            key=self.key(row.number),
            occurred_at=row.occurred_at,
            subject=subject,
            values=_values(new.values),
            corrections=_values(new.corrections),
            source=said.source,
            supplier=said.supplier,
            notice=_notice(said.notice),
            country=said.country,
            purposes=said.purposes,
            service=said.service,
            market=said.market,
            template=said.template,
            consents=() if subject else tuple(map(self._stated, row.consents)),
        )

    def consent(self, row: Row, subject: UUID, column: str) -> RecordConsent:
        """That the person agreed, as a column of the line states."""
        stated = self._stated(column)
        number = list(self._mapping.consents).index(column)
        return RecordConsent(
            by=self.by,
            key=self.key(row.number, f"consent-{number}"),
            occurred_at=row.occurred_at,
            subject=subject,
            purpose=stated.purpose,
            notice=stated.notice,
            service=stated.service,
        )

    def _stated(self, column: str) -> StatedConsent:
        stated = self._mapping.consents[column]
        notice = Notice(version=stated.notice.version, language=stated.notice.language)
        return StatedConsent(purpose=stated.purpose, notice=notice, service=self._mapping.service)

    def purpose(self, column: str) -> str:
        """The purpose a column states a consent to."""
        return self._mapping.consents[column].purpose


def _values(cells: Sequence[Cell]) -> tuple[Value, ...]:
    return tuple(
        Value(
            attribute=cell.attribute,
            value=cell.text,
            scope=cell.slot.scope if cell.slot else None,
            mark=cell.mark,
        )
        for cell in cells
    )


def _notice(shown: ShownNotice | None) -> Notice | None:
    return Notice(version=shown.version, language=shown.language) if shown else None
