"""A process of the campaign: threads that append until all their commands are answered.

Its commands are a function of its number, so that a process started again after a kill sends the
same ones. What was acknowledged is written to a file before anything else happens.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys
import threading
from uuid import UUID

from ledger.config import Settings
from ledger.store import open_recorder
from ledger.store.append import Answer, Conflict, Submission
from ledger.store.recorder import LedgerRecorder
from tests.ledger.store.submissions import append_to

STREAMS = [UUID(int=n, version=4) for n in range(1, 31)]
BATCH = 8


def command_of(process: int, thread: int, number: int) -> bytes:
    return hashlib.sha256(f"{process}/{thread}/{number}".encode()).digest()[:16]


def stream_of(command: bytes) -> UUID:
    return STREAMS[command[0] % len(STREAMS)]


def decide(recorder: LedgerRecorder, commands: list[bytes]) -> list[Submission]:
    """Each command adds one row to its stream, at the version that follows the last one read."""
    ends: dict[UUID, int] = {}
    decided = []
    for command in commands:
        stream = stream_of(command)
        if stream not in ends:
            rows = recorder.select_events(stream, desc=True, limit=1)
            ends[stream] = rows[0].originator_version if rows else 0
        ends[stream] += 1
        decided.append(append_to(stream, ends[stream], command=command))
    return decided


def write(recorder: LedgerRecorder, commands: list[bytes], acknowledged: int, seed: int) -> None:
    chance = random.Random(seed)
    waiting = list(commands)
    while waiting:
        batch = chance.sample(waiting, min(len(waiting), chance.randint(1, BATCH)))
        for command, outcome in zip(batch, recorder.append(decide(recorder, batch)), strict=True):
            if isinstance(outcome, Conflict):
                continue
            assert isinstance(outcome, Answer), outcome
            line = json.dumps({"command": command.hex(), "position": outcome.position})
            os.write(acknowledged, f"{line}\n".encode())
            waiting.remove(command)


def main(process: int, threads: int, each: int, acknowledged: str) -> None:
    recorder = open_recorder(Settings())
    file = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    failed: list[BaseException] = []

    def run(thread: int) -> None:
        try:
            commands = [command_of(process, thread, number) for number in range(each)]
            write(recorder, commands, file, seed=process * 100 + thread)
        except BaseException as error:
            failed.append(error)
            raise

    running = [threading.Thread(target=run, args=[thread]) for thread in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    recorder.close()
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
