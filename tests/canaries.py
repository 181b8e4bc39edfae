"""Finding a personal value in whatever a process wrote, however it is written there."""

from __future__ import annotations

import base64
import mmap
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

SHORTEST = 8
"""Bytes a pattern has at least: a shorter one is found by chance among ciphertext."""


def patterns(values: Iterable[str]) -> dict[bytes, str]:
    """What to look for: each value and each of its long names, in every encoding → the value."""
    looked_for: dict[bytes, str] = {}
    for value in values:
        for text in {value, *re.findall(r"[A-ZÄÖÜ]\w{8,}", value)}:
            for written in _written(text):
                if len(written) >= SHORTEST:
                    looked_for[written] = value
    return looked_for


def _written(text: str) -> Iterator[bytes]:
    for content in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be")):
        yield content
    content = text.encode()
    yield content.hex().encode()
    yield content.hex().upper().encode()
    for before in range(3):  # what stands before it shifts the sextets
        encoded = base64.b64encode(b"\0" * before + content).rstrip(b"=")
        inner = encoded[-(-before * 8 // 6) : len(encoded) - 1]  # only whole sextets of the value
        yield inner
        yield inner.translate(bytes.maketrans(b"+/", b"-_"))


def files_below(*places: Path, since: float = 0.0) -> Iterator[Path]:
    """Every file there, written after `since` (seconds since 1970)."""
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file() and path.stat().st_size and path.stat().st_mtime >= since:
                yield path


def found(looked_for: dict[bytes, str], files: Iterable[Path]) -> list[tuple[str, str]]:
    """(file, value) for each value that stands in a file, in its bytes or in its name."""
    hits = []
    for path in files:
        with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as data:
            hits += [
                (str(path), value)
                for pattern, value in looked_for.items()
                if data.find(pattern) >= 0 or pattern in str(path).encode()
            ]
    return sorted(set(hits))
