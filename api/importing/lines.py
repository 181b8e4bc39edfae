"""A file's bytes as lines of cells. A broken line is refused by number and spoils no other.

Nothing but the line at hand is in memory, so a file's size does not matter; and no error quotes it.
"""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterator
from collections.abc import Mapping as Named
from typing import Any, BinaryIO, NamedTuple

from api.importing.mapping import Mapping
from api.importing.report import Refusal
from ledger.errors import InvalidInput

MOST_BYTES = 64 * 1024
"""Of one line; a longer one is refused, and read past in pieces."""
MOST_ROWS = 50
"""Lines of the file that one record may span, by line ends inside quotes."""
_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """One line: its number in the file (from 1), and what stands in each column, trimmed."""

    number: int
    cells: Named[str, str]


class _Fault(NamedTuple):
    """What is wrong with a line, and what to do."""

    rule: str
    remedy: str


class _Broken(Exception):
    """A line has a fault. Made anew each time: an exception keeps the frames it passed."""

    def __init__(self, fault: _Fault) -> None:
        super().__init__(fault.rule)
        self.fault = fault


_TOO_LONG = _Fault(f"is longer than {MOST_BYTES // 1024} KiB", "Shorten it, or look for a quote.")
_NUL = _Fault("holds a NUL byte", "Remove it; export the file again.")
_QUOTES = _Fault("has a quote that does not end", "Close the quote, or double one inside a text.")
_CELLS = _Fault("has more or fewer cells than the file has columns", "Complete the line.")
_NO_JSON = _Fault("is not a JSON object", "Write one object of texts and numbers a line.")
_TWICE = _Fault("names a column twice", "Keep one of them.")
_NESTED = _Fault("holds something other than texts and numbers", "Write each value as a text.")
_COLUMN = _Fault("has a column that the mapping does not name", "Name it in the mapping, or null.")


def read_lines(file: BinaryIO, mapping: Mapping) -> Iterator[Line | Refusal]:
    """Every line that holds something, or why it cannot be read.

    Raises:
        InvalidInput: the header of a CSV file is not the one that the mapping describes.
    """
    if mapping.format == "jsonl":
        return _json_lines(_records(file, quoted=False), mapping)
    records = _records(file, quoted=True)
    return _csv_lines(records, mapping, _header(records, mapping))


# ---- records -----------------------------------------------------------------------------------

_Record = tuple[int, bytes | _Fault]


def _records(file: BinaryIO, *, quoted: bool) -> Iterator[_Record]:
    """The lines, and in CSV those that a quoted line end joins. Blank ones are left out."""
    lines = _Lines(file)
    for number, line in lines:
        if isinstance(line, _Fault) or not quoted or line.count(b'"') % 2 == 0:
            if isinstance(line, _Fault) or line.strip():
                yield number, line
            continue
        yield number, lines.joined(line)


class _Lines:
    """The physical lines of a file, with those that a failed join gives back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._number = 0
        self._back: deque[_Record] = deque()

    def __iter__(self) -> Iterator[_Record]:
        while (line := self._next()) is not None:
            yield line

    def joined(self, first: bytes) -> bytes | _Fault:
        """The record that `first` begins: up to the line that closes its quotes."""
        taken: list[_Record] = []
        whole = first
        while len(taken) < MOST_ROWS and (line := self._next()) is not None:
            taken.append(line)
            if isinstance(line[1], _Fault) or len(whole) + len(line[1]) > MOST_BYTES:
                break
            whole += line[1]
            if line[1].count(b'"') % 2:
                return whole
        self._back.extendleft(reversed(taken))
        return _QUOTES

    def _next(self) -> _Record | None:
        if self._back:
            return self._back.popleft()
        line = self._file.readline(MOST_BYTES + 1)
        if not line:
            return None
        self._number += 1
        if self._number == 1:
            line = line.removeprefix(_BOM)
        if len(line) > MOST_BYTES:
            while line and not line.endswith(b"\n"):
                line = self._file.readline(MOST_BYTES)
            return self._number, _TOO_LONG
        return self._number, _NUL if b"\0" in line else line


# ---- CSV ---------------------------------------------------------------------------------------


def _header(records: Iterator[_Record], mapping: Mapping) -> list[str]:
    """The names of the columns. One that is not in the mapping is not quoted: in a file without a
    header it would be somebody's data."""
    _, first = next(records, (0, b""))
    try:
        header = [] if isinstance(first, _Fault) else _cells(first, mapping)
    except _Broken:
        header = []
    if not header:
        raise InvalidInput(field="file", rule="needs a first line that names its columns")
    if len(set(header)) != len(header):
        raise InvalidInput(field="file", rule="names a column twice in its first line")
    for number, column in enumerate(header, start=1):
        if column not in mapping.named_columns:
            rule = (
                f"column {number} of the file must be named in the mapping, with null to leave it"
            )
            raise InvalidInput(field="columns", rule=rule)
    for column in sorted(mapping.named_columns - set(header)):
        raise InvalidInput(field=f"columns.{column}", rule="must be a column of the file")
    return header


def _csv_lines(
    records: Iterator[_Record], mapping: Mapping, header: list[str]
) -> Iterator[Line | Refusal]:
    for number, record in records:
        try:
            cells = _cells(record, mapping)
            if len(cells) != len(header):
                raise _Broken(_CELLS)
            yield Line(number, dict(zip(header, cells, strict=True)))
        except _Broken as broken:
            yield Refusal(number, "line", *broken.fault)


def _cells(record: bytes | _Fault, mapping: Mapping) -> list[str]:
    text = _decoded(record, mapping)
    try:
        rows = list(csv.reader([text], delimiter=mapping.delimiter, strict=True))
    except csv.Error:
        raise _Broken(_QUOTES) from None
    return [cell.strip() for cell in rows[0]] if len(rows) == 1 else []


def _decoded(record: bytes | _Fault, mapping: Mapping) -> str:
    if isinstance(record, _Fault):
        raise _Broken(record)
    try:
        return record.decode(mapping.encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        remedy = "Export the file again in this encoding."
        raise _Broken(_Fault(f"is not {mapping.encoding}", remedy)) from None


# ---- JSON lines --------------------------------------------------------------------------------


def _json_lines(records: Iterator[_Record], mapping: Mapping) -> Iterator[Line | Refusal]:
    named = mapping.named_columns
    for number, record in records:
        try:
            cells = _object(_decoded(record, mapping))
            if not cells.keys() <= named:
                raise _Broken(_COLUMN)
            yield Line(number, {column: cells.get(column, "") for column in named})
        except _Broken as broken:
            yield Refusal(number, "line", *broken.fault)


def _object(text: str) -> dict[str, str]:
    try:
        found = _decoder.decode(text)
    except (ValueError, RecursionError):
        raise _Broken(_NO_JSON) from None
    if not isinstance(found, _Object):
        raise _Broken(_NO_JSON)
    if len({name for name, _ in found}) != len(found):
        raise _Broken(_TWICE)
    cells = {}
    for name, value in found:
        if value is not None and not isinstance(value, str):
            raise _Broken(_NESTED)
        cells[name] = (value or "").strip()
    return cells


class _Object(list[tuple[str, Any]]):
    """The pairs of a JSON object, repeated names included."""


_decoder = json.JSONDecoder(object_pairs_hook=_Object, parse_int=str, parse_float=str)
"""Numbers stay as they are written: 00.50 is somebody's text, not ours to round."""
