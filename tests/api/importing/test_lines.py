"""Lines of a file: what can be read is read, what cannot is refused by number and spoils no other."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator

import pytest

from api.importing.lines import MOST_BYTES, Line, read_lines
from api.importing.mapping import Mapping, load_mapping
from api.importing.report import Refusal
from ledger.errors import InvalidInput

MAPPING = """
format: csv
columns: {a: attribute-a, b: attribute-b}
recognise_by: [attribute-a]
source: source-a
country: country-a
purposes: [purpose-a]
"""


def _mapping(**changes: str) -> Mapping:
    return load_mapping(MAPPING).model_copy(update=changes)


def _read(content: bytes, **changes: str) -> list[Line | Refusal]:
    return list(read_lines(io.BytesIO(content), _mapping(**changes)))


def _numbers(found: list[Line | Refusal]) -> list[int]:
    return [one.number for one in found if isinstance(one, Line)]


def test_cells_are_trimmed_and_blank_lines_left_out() -> None:
    """A line's number is its number in the file, as an editor shows it."""
    found = _read(b"\xef\xbb\xbfa,b\r\n 1 ,x\r\n\r\n2,y")
    assert found == [Line(2, {"a": "1", "b": "x"}), Line(4, {"a": "2", "b": "y"})]


def test_a_quoted_cell_may_hold_line_ends_and_quotes() -> None:
    """A record's number is that of its first line."""
    found = _read(b'a,b\n1,"x, ""y""\nz"\n2,w\n')
    assert found == [Line(2, {"a": "1", "b": 'x, "y"\nz'}), Line(4, {"a": "2", "b": "w"})]


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (b"1", "more or fewer cells"),
        (b"1,x,y", "more or fewer cells"),
        (b"1,x\0y", "NUL"),
        (b"1,\xff", "is not utf-8"),
        (b"1," + b"x" * MOST_BYTES, "is longer than"),
        (b'1,"x', "quote that does not end"),
        (b'1,"x"y', "quote that does not end"),
    ],
)
def test_a_broken_line_spoils_no_other(broken: bytes, rule: str) -> None:
    """It is refused by its number; the lines around it are read."""
    found = _read(b'a,b\n0,"w"\n' + broken + b'\n2,"z"\n3,v\n')
    assert _numbers(found) == [2, 4, 5]
    (refusal,) = [one for one in found if isinstance(one, Refusal)]
    assert refusal.line == 3
    assert rule in refusal.rule


@pytest.mark.parametrize(
    ("header", "rule"),
    [
        (b"", "needs a first line"),
        (b"a\n", "must be a column of the file"),
        (b"a,b,secret-of-somebody\n", "column 3 of the file must be named in the mapping"),
        (b"a,b,b\n", "names a column twice"),
        (b"\xff,b\n", "needs a first line"),
    ],
)
def test_a_file_with_another_header_is_refused_as_a_whole(header: bytes, rule: str) -> None:
    """Before anything is stored; a name that may be somebody's data is not repeated."""
    with pytest.raises(InvalidInput) as refused:
        _read(header)
    assert rule in refused.value.sentence
    assert "secret" not in refused.value.sentence


def test_json_lines_are_read_and_refused_one_by_one() -> None:
    """Numbers stay as they are written; what is not text or number is refused."""
    good = b'{"a": 00.50, "b": null}\n'.replace(b"00.50", b"0.50")
    lines = [
        good,
        b'{"a": "2"}\n',
        b'{"a": {"b": 1}}\n',
        b'{"a": "1", "a": "2"}\n',
        b'{"c": "unnamed"}\n',
        b'["a"]\n',
        b'{"a": tru\n',
        b'{"a": true}\n',
        b'{"a": ' + b"[" * 5000 + b"\n",
    ]
    found = _read(b"".join(lines), format="jsonl")
    assert found[:2] == [Line(1, {"a": "0.50", "b": ""}), Line(2, {"a": "2", "b": ""})]
    rules = [one.rule for one in found[2:] if isinstance(one, Refusal)]
    assert rules == [
        "holds something other than texts and numbers",
        "names a column twice",
        "has a column that the mapping does not name",
        "is not a JSON object",
        "is not a JSON object",
        "holds something other than texts and numbers",
        "is not a JSON object",
    ]


def test_another_delimiter_and_encoding() -> None:
    """As the mapping says."""
    found = _read("a;b\n1;Zoë\n".encode("windows-1252"), delimiter=";", encoding="windows-1252")
    assert found == [Line(2, {"a": "1", "b": "Zoë"})]


class _Endless(io.RawIOBase):
    """A file that is one line without end, made as it is read."""

    def __init__(self, start: bytes, size: int) -> None:
        self._left, self._start = size, start

    def readline(self, size: int | None = -1) -> bytes:
        if self._start:
            start, self._start = self._start, b""
            return start
        size = min(size or 0, self._left)
        self._left -= size
        return b"x" * size


def test_a_line_without_end_takes_no_memory() -> None:
    """What is too long is read past in pieces."""
    tracemalloc.start()
    lines: Iterator[Line | Refusal] = read_lines(
        _Endless(b"a,b\n", 200_000_000),  # type: ignore[arg-type]
        _mapping(),
    )
    assert [type(one) for one in lines] == [Refusal]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
