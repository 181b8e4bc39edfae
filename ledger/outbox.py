"""The way out of deciding: decided commands wait here for the writer, which takes them in groups.

Group commit: while one group is being made durable the next one gathers, so that a disk sync is
shared by everybody who came meanwhile. Nobody waits for a group to fill.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from ledger.intake import Work
from ledger.store.append import Submission

GROUP = 500
"""Commands in one append at most."""
GROUP_BYTES = 8 * 2**20
"""Bytes of state in one append, unless a single command has more."""


class Outbox:
    """Filled by those who decide, emptied by the writer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._decided: deque[tuple[Work, Submission, int]] = deque()
        self._closed = False

    def put(self, decided: Sequence[tuple[Work, Submission]]) -> bool:
        """To be appended, in this order, with whatever else waits. False: nobody will."""
        sized = [(work, submission, _size(submission)) for work, submission in decided]
        with self._lock:
            if not self._closed:
                self._decided.extend(sized)
                self._changed.notify_all()
            return not self._closed

    def wait_for_room(self) -> None:
        """Until the writer has less than a group before it: nothing is decided long before it is
        appended, for the older a decision, the likelier it is overtaken."""
        with self._lock:
            self._changed.wait_for(lambda: len(self._decided) < GROUP or self._closed)

    def take(self) -> list[tuple[Work, Submission]]:
        """All that is decided, up to a group; waits for it. Empty when nothing will come again."""
        group: list[tuple[Work, Submission]] = []
        size = 0
        with self._lock:
            self._changed.wait_for(lambda: self._decided or self._closed)
            while self._decided and len(group) < GROUP:
                work, submission, bytes_ = self._decided[0]
                if group and size + bytes_ > GROUP_BYTES:
                    break
                self._decided.popleft()
                group.append((work, submission))
                size += bytes_
            self._changed.notify_all()
        return group

    def close(self) -> None:
        """Nothing comes after what is here."""
        with self._lock:
            self._closed = True
            self._changed.notify_all()

    def fail(self) -> list[Work]:
        """Nothing will be appended any more. Returns: what is left here."""
        self.close()
        with self._lock:
            left = [work for work, _, _ in self._decided]
            self._decided.clear()
        return left


def _size(submission: Submission) -> int:
    return sum([len(row.state) for row in submission.rows])
