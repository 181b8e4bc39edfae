"""The check of all decision states (`ledger/states.py`), shared by processes where the log is long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ledger import states
from ledger.config import Settings
from ledger.states import Checked
from ledger.store import open_recorder
from ledger.store.recorder import LedgerRecorder
from projections import workers


def check_states(
    recorder: LedgerRecorder, settings: Settings, progress: states.Progress | None = None
) -> Checked:
    """Compare every decision state with the fold of its stream; `progress` counts streams.

    Raises:
        StoreUnavailable: a process ended.
    """
    last, _ = recorder.last()
    if last < workers.WORTH:
        return states.check(recorder, progress)
    found = Checked()
    with workers.shared(_checking, settings, step=1) as share:
        for _, part in share(0, states.SLICES):
            found += part
            if progress is not None:
                progress(part.rows + part.missing)
    return found


@contextmanager
def _checking(settings: Settings) -> Iterator[Callable[[int, int], Checked]]:
    """What a process does with one slice of the streams."""
    recorder = open_recorder(settings)
    try:
        yield lambda number, _: states.check(recorder, among=states.slice_of(number))
    finally:
        recorder.close()
