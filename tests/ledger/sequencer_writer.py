"""A process of the sequencer's campaign: threads that give whole commands until all are answered.

Its commands are a function of its number, so that a process started again after a kill gives the
same ones. What was acknowledged is on disk before the next command is given.
"""

from __future__ import annotations

import os
import random
import sys
import threading
from pathlib import Path
from uuid import UUID

from ledger.application import Ledger
from ledger.command import Command
from ledger.commands.collecting import Notice, RegisterSubject
from ledger.commands.consenting import GiveConsent, WithdrawConsent
from ledger.config import Settings
from tests.ledger.world import NEWS

BATCH = 24
"""Commands a thread has unanswered at most."""
NOTICE = Notice(version="signup-notice-1", language="en")


def key_of(process: int, thread: int, number: int) -> str:
    """The caller's own id of a command."""
    return f"{process}/{thread}/{number}"


def command_of(key: str, by: UUID, subjects: list[UUID]) -> Command:
    """One event each: a new stream, or one more entry of a stream that all processes write to.

    A consent seals its statement, so that keys are minted in these races, too.
    """
    chance = random.Random(key)
    subject = chance.choice(subjects)
    match chance.randrange(4):
        case 0:
            return RegisterSubject(by=by, key=key)
        case 1:
            return GiveConsent(
                by=by, key=key, subject=subject, purpose=NEWS, notice=NOTICE, statement=key
            )
        case _:
            return WithdrawConsent(by=by, key=key, subject=subject, purpose=NEWS)


class Writer:
    """One process's ledger, and the file of what it was told."""

    def __init__(self, by: UUID, subjects: list[UUID], acknowledged: Path) -> None:
        self.ledger = Ledger.open(Settings())
        self._by = by
        self._subjects = subjects
        self._file = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, process: int, thread: int, numbers: list[int]) -> None:
        """Give these commands, some at a time; some as a batch, some one by one."""
        chance = random.Random()
        while numbers:
            some = numbers[-chance.randint(1, BATCH) :]
            del numbers[-len(some) :]
            keys = [key_of(process, thread, number) for number in some]
            commands = [command_of(key, self._by, self._subjects) for key in keys]
            if chance.random() < 0.5:
                receipts = self.ledger.batch(commands)
            else:
                receipts = [self.ledger.submit(command) for command in commands]
            positions = [receipt.result(120).position for receipt in receipts]
            told = "".join(f"{key} {at}\n" for key, at in zip(keys, positions, strict=True))
            os.write(self._file, told.encode())
            os.fsync(self._file)


def main(process: int, threads: int, each: int, by: str, subjects: Path, file: Path) -> None:
    """Give all commands of this process that are not acknowledged yet."""
    streams = [UUID(line) for line in subjects.read_text().split()]
    done = {line.split()[0] for line in file.read_text().splitlines()} if file.exists() else set()
    writer = Writer(UUID(by), streams, file)
    failed: list[BaseException] = []

    def run(thread: int) -> None:
        try:
            left = [n for n in range(each) if key_of(process, thread, n) not in done]
            writer.write(process, thread, left)
        except BaseException as error:
            failed.append(error)
            raise

    running = [threading.Thread(target=run, args=[thread]) for thread in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()
    writer.ledger.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    number, threads, each, by, subjects, file = sys.argv[1:]
    main(int(number), int(threads), int(each), by, Path(subjects), Path(file))
