"""From commands to submissions: the first answer if there is one, else a decision at a desk.

What a batch of commands needs is read ahead, in one question each for the answers of before, the
states of the streams it names and the rows of the keys it will seal under. What nobody foresaw is
read when it is looked at.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from uuid import UUID

from ledger import guarding
from ledger.desk import Desk
from ledger.errors import Busy, CommandReused, LedgerError
from ledger.intake import Work
from ledger.moment import in_utc
from ledger.reading import Reading
from ledger.runner import ATTEMPTS, Decided
from ledger.sitting import Sitting
from ledger.store.append import Conflict, Submission
from ledger.store.recorder import Known, LedgerRecorder
from ledger.vault.vault import Vault

Identity = tuple[UUID, bytes]
"""The actor and the 16 bytes that name a command of it."""


class Decider:
    """Decides commands of one process; thread-safe, as what it reads with is."""

    def __init__(
        self,
        recorder: LedgerRecorder,
        vault: Vault,
        reading: Reading,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._recorder = recorder
        self._vault = vault
        self._reading = reading
        self._clock = clock

    def __call__(self, works: Sequence[Work]) -> list[Decided]:
        """Each command's first answer if it is known, else its submission, or what is wrong."""
        identities = [self._identify(work) for work in works]
        known = self._recorder.find_commands(identities)
        new = [i for i, identity in enumerate(identities) if identity not in known]
        desks = dict(zip(new, self._desks([works[i] for i in new]), strict=True))
        decided: list[Decided] = []
        for i, (work, identity) in enumerate(zip(works, identities, strict=True)):
            try:
                if i in desks:
                    decided.append(self._decide(work, identity, desks[i]))
                else:
                    decided.append(self._first_answer(work, known[identity]))
            except Exception as error:  # its own: the others are decided
                decided.append(error)
        return decided

    def refresh(self) -> None:
        """Forget what may be old, after an append found that something has changed.

        Also the epoch keys, if another process has opened an epoch meanwhile: a key wrapped under
        one that is closed is refused each time.
        """
        self._reading.refresh()
        try:
            if self._recorder.open_epoch() != self._vault.open_epoch():
                self._vault.forget_epochs()
        except LedgerError:
            self._vault.forget_epochs()

    def _identify(self, work: Work) -> Identity:
        command = work.command
        if work.body is None:
            work.body = command.body()
        return command.by, self._vault.command_id(command.by, command.key)

    def _first_answer(self, work: Work, first: Known) -> Decided:
        assert work.body is not None  # _identify has encoded it
        if self._vault.same_body(first.epoch, first.fingerprint, work.body):
            return first.answer
        return CommandReused()

    # ---- deciding ---------------------------------------------------------------------------

    def _desks(self, works: Sequence[Work]) -> list[Desk | Exception]:
        """A desk for each, with what it is likely to look at and to seal under; or what is wrong."""
        states = self._reading.ahead(_streams(works, self._reading))
        desks: list[Desk | Exception] = []
        sitting = Sitting(self._reading, self._vault, in_utc(self._clock()), states)
        for work in works:
            try:
                desk = guarding.desk_for(work.command, sitting, suspect=work.suspect)
                desk.look_ahead()
                desks.append(desk)
            except Exception as error:  # its own
                desks.append(error)
        self._vault.prefetch([d.sealing for d in desks if isinstance(d, Desk) and d.sealing])
        return desks

    def _decide(self, work: Work, identity: Identity, desk: Desk | Exception) -> Submission:
        if isinstance(desk, Exception):
            raise desk
        assert work.body is not None  # _identify has encoded it
        for _ in range(ATTEMPTS):
            try:
                guarding.decide(desk)
                epoch, fingerprint = self._vault.fingerprint(work.body)
                return desk.submission(identity[1], epoch, fingerprint)
            except Conflict:  # a key died between reading the stream and reading the key
                self._reading.refresh()
            finally:
                desk.leave()
            sitting = Sitting(self._reading, self._vault, in_utc(self._clock()))
            desk = guarding.desk_for(work.command, sitting, suspect=work.suspect)
        raise Busy()


def _streams(works: Sequence[Work], reading: Reading) -> list[UUID]:
    """The streams that these commands will look at, as far as they say."""
    streams = {work.stream for work in works if work.stream is not None}
    codes = {code for work in works for code in work.command.recipients()}
    streams |= {stream for code in codes if (stream := reading.recipient(code)) is not None}
    return list(streams)
