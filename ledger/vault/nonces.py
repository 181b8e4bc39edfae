"""Nonces: random, many from one draw of random bytes (formats.md §2).

A draw asks the system, which takes almost as long as the cipher, and lets another thread in. What
was drawn is gone in a forked child, and one list serves all threads, because taking from a list's
end cannot be interrupted: no nonce is given twice. Keys are not drawn ahead: what is to be secret
later would lie about until then; a nonce is none.
"""

from __future__ import annotations

import os
import struct

from ledger.sealing import NONCE

_DRAW = struct.Struct(f"{NONCE}s" * 85)
"""Nonces of one draw: 1,020 random bytes."""

_drawn: list[bytes] = []


def new_nonce() -> bytes:
    """12 random bytes that were never given to anybody."""
    try:
        return _drawn.pop()
    except IndexError:
        nonce, *others = _DRAW.unpack(os.urandom(_DRAW.size))
        _drawn.extend(others)
        return nonce  # type: ignore[no-any-return]


os.register_at_fork(after_in_child=_drawn.clear)
