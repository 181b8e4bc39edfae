"""New ids: random (UUIDv4), several from one draw of random bytes.

A draw asks the system, and lets another thread of the process in; a command makes three ids and
more. What was drawn is its thread's own, and gone in a forked child: no id is given twice.
"""

from __future__ import annotations

import os
import threading
from uuid import UUID

_DRAW = 64
"""Ids of one draw: 1 KiB of random bytes."""


class _Drawn(threading.local):
    def __init__(self) -> None:
        self.ids: list[UUID] = []


_drawn = _Drawn()


def new_id() -> UUID:
    """An id that nobody has."""
    ids = _drawn.ids
    if not ids:
        raw = os.urandom(16 * _DRAW)
        ids += [UUID(bytes=raw[at : at + 16], version=4) for at in range(0, len(raw), 16)]
    return ids.pop()


def _forget() -> None:
    _drawn.ids.clear()


os.register_at_fork(after_in_child=_forget)
