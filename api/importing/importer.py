"""A run of an import: the same file under the same mapping is the same commands, however often.

    result = run_import(ledger, Path("customers.csv"), mapping, by=actor, import_id=None, …)

Nothing of the file is kept beside the ledger: no temporary file, no log of a line, no value in the
report. A run that is interrupted, even by kill -9, is continued by running it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar
from uuid import UUID

from api.importing.batcher import Batcher
from api.importing.lines import Line, read_lines
from api.importing.mapping import Mapping, check_mapping
from api.importing.report import ImportResult, Refusal, Report
from api.importing.rows import Reader
from api.importing.telling import Teller
from ledger.application import Ledger

T = TypeVar("T")

SIZE = 200
"""Lines in a batch, and so commands in an append."""
_CHUNK = 1 << 20


class _Content(NamedTuple):
    """What a file is: a digest of its bytes and the mapping, and its number of lines."""

    digest: bytes
    lines: int


def run_import(
    ledger: Ledger,
    file: Path,
    mapping: Mapping,
    *,
    by: UUID,
    import_id: str | None,
    progress: Callable[[int, int], None],
    report: Path | None = None,
) -> ImportResult:
    """Record what each line of the file tells, once. `progress` is told (lines done, all lines).

    `import_id` names the import; by default it is a keyed hash of the file's bytes and the mapping.
    `report`: where the refused lines are listed, if there are any.

    Raises:
        InvalidInput: the mapping does not fit the policy or the file's header; nothing was stored.
        CommandReused: this import id stands for another file or mapping.
        LedgerError: the ledger cannot go on; run the import again to continue.
        OSError: the file cannot be read, or the report not written.
    """
    check_mapping(mapping, ledger.policy())
    content = _content(file, mapping)
    named = ledger.vault.content_id(content.digest).hex()
    teller = Teller(mapping, by, import_id or named, named)
    result = ImportResult(import_id=import_id or named)
    reader = Reader(mapping, ledger.policy(), ledger.clock())
    with file.open("rb") as opened, Report(report) as refused:
        lines = read_lines(opened, mapping)
        batcher = Batcher(ledger, reader, teller, result, _begin(ledger, teller))
        for batch in _batches(lines, SIZE):
            refused.add(batcher.take(batch))
            progress(_number(batch[-1]), content.lines)
        refused.add(batcher.close())
        result.report = refused.written
    progress(content.lines, content.lines)
    return result


def _begin(ledger: Ledger, teller: Teller) -> bool:
    """Note that the import begins; returns whether it is new to the ledger.

    Raises:
        CommandReused: the import's id was used for another content.
    """
    note = teller.note()
    command = ledger.vault.command_id(teller.by, note.key)
    fresh = not ledger.recorder.find_answers(teller.by, [command])
    ledger.submit(note).result()
    return fresh


def _content(file: Path, mapping: Mapping) -> _Content:
    digest, lines = hashlib.sha256(mapping.words() + b"\0"), 0
    with file.open("rb") as opened:
        while chunk := opened.read(_CHUNK):
            digest.update(chunk)
            lines += chunk.count(b"\n")
    return _Content(digest.digest(), lines)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _number(item: Line | Refusal) -> int:
    return item.number if isinstance(item, Line) else item.line
