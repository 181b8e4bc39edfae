"""A subscription for the library's followers: neither database tells of new rows by itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription


class PollingSubscription(Subscription[ApplicationRecorder]):
    """Asks for new rows every 20 ms while there are none. `stop()` ends it from another thread."""

    _PAUSE = 0.02
    _BATCH = 500

    def __init__(
        self, recorder: ApplicationRecorder, gt: int | None, topics: Sequence[str]
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._stopped = threading.Event()
        self._waiting: list[Notification] = []

    def stop(self) -> None:
        super().stop()
        self._stopped.set()

    def __next__(self) -> Notification:
        while not self._stopped.is_set():
            if self._waiting:
                notification = self._waiting.pop()
                self._last_notification_id = notification.id
                return notification
            after = self._last_notification_id or 0
            found = self._recorder.select_notifications(
                after, self._BATCH, topics=self._topics, inclusive_of_start=False
            )
            self._waiting = list(found)[::-1]
            if not self._waiting:
                self._stopped.wait(self._PAUSE)
        raise StopIteration
