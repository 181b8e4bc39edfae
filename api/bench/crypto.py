"""G9: what of an append's CPU time is cryptography, and what sealing a field costs over the cipher.

A profiler would make Python look dearer than the ciphers that it calls. So it only counts the calls,
in every thread of the ledger; each primitive is timed by itself, on inputs of the usual length, and
the sum is divided by the CPU time of the process without any profiler.
"""

from __future__ import annotations

import cProfile
import hashlib
import hmac
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from api.bench.disclosing import Disclosing
from api.bench.measure import Goal, Ratio, Run, duration, interleaved, p50
from api.bench.places import Place
from api.bench.population import Loaded, Population, load
from ledger.application import Ledger
from ledger.sealing import padded_length

BATCH = 500
CALLS, BLOCKS = 200, 15
"""Calls in a row that are timed together, and how many such rows; their median counts."""
_KEY, _NONCE, _CONTENT, _AAD = bytes(32), bytes(12), b"a" * 200, b"b" * 90
_PLAIN, _BOUND = bytes(padded_length(1 + len(_CONTENT) + 1)), bytes(15 + 3 * 16 + 16 + 5)
"""What the cipher is given to seal so much content for a field with a name of five letters."""
_KEPT = AESGCM(_KEY)
_WRAPPED = _KEPT.encrypt(_NONCE, bytes(32), _AAD)
_MAC = HMAC(_KEY, SHA256())
_BLOCKS = Cipher(algorithms.AES(_KEY), modes.ECB()).encryptor()  # noqa: S305 - as the index does


def _keyed() -> bytes:
    """A keyed digest by a copy of a kept key."""
    mac = _MAC.copy()
    mac.update(_CONTENT)
    return mac.finalize()


PRIMITIVES: dict[str, Callable[[], object]] = {
    "'encrypt' of": lambda: _KEPT.encrypt(_NONCE, _CONTENT, _AAD),
    "'decrypt' of": lambda: AESGCM(_KEY).decrypt(_NONCE, _WRAPPED, _AAD),  # an unwrapped key
    "CipherContext": lambda: _BLOCKS.update(bytes(16)),
    "openssl_sha256": lambda: hashlib.sha256(_CONTENT).digest(),
    "'finalize' of": _keyed,
    "hmac_digest": lambda: hmac.digest(_KEY, _CONTENT, "sha256"),
    "urandom": lambda: os.urandom(128),
}
"""Part of the name that the profiler has for a primitive, and the primitive on its usual input."""


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is how many commands are given in a repeat, in batches of 500."""
    loaded = load(place, Population(events=3 * size, each=3, pattern="D"))
    calls = counted(place, loaded, size)
    with place.ledger() as ledger:
        disclosing = Disclosing(loaded, size)
        runs: dict[str, Run] = {
            "append": partial(_cpu, ledger, disclosing, size),
            "crypto": lambda: sum(number * price(name) for name, number in calls.items()),
            "seal": partial(_sealing, ledger, loaded),
            "bare": _bare,
        }
        figures = interleaved(runs, repeats, "crypto")
    told = ", ".join(f"{number:.1f} {_word(name)}" for name, number in calls.items() if number)
    return [
        Goal.at_most(
            "G9a", place.store, "crypto and hashing in an append's CPU",
            Ratio.between(figures["crypto"], figures["append"]), 0.20, "of CPU",
            measured=duration(figures["crypto"]), ceiling=duration(figures["append"]),
            note=f"calls a command: {told}",
        ),
        Goal.at_most(
            "G9b", place.store, "sealing a field of 200 bytes",
            Ratio.between(figures["seal"], figures["bare"]), 1.3, "x bare AESGCM",
            measured=duration(figures["seal"]), ceiling=duration(figures["bare"]),
        ),
    ]  # fmt: skip


def _word(name: str) -> str:
    return name.split()[0].strip("'")


def counted(place: Place, loaded: Loaded, size: int) -> dict[str, float]:
    """How often a command calls each primitive, in whatever thread."""
    with _profiled() as profiles, place.ledger() as ledger:
        _given(ledger, Disclosing(loaded, size), size)
    found: Counter[str] = Counter()
    for profile in profiles:
        for entry in profile.getstats():
            for name in PRIMITIVES:
                if isinstance(entry.code, str) and name in entry.code:
                    found[name] += entry.callcount
    return {name: found[name] / size for name in PRIMITIVES}


@contextmanager
def _profiled() -> Iterator[list[cProfile.Profile]]:
    """A profile for each thread that begins meanwhile."""
    profiles: list[cProfile.Profile] = []

    def begin(*_: object) -> None:
        profile = cProfile.Profile()
        profiles.append(profile)
        profile.enable()  # takes this function's place in its thread

    threading.setprofile(begin)
    try:
        yield profiles
    finally:
        threading.setprofile(None)


def price(name: str) -> float:
    """Seconds that one call of a primitive takes by itself."""
    return _each(PRIMITIVES[name])


def _each(call: Callable[[], object]) -> float:
    """CPU seconds of one call: waiting for a core is no cost of the call."""
    return p50([_block(call) for _ in range(BLOCKS)]) / CALLS


def _block(call: Callable[[], object]) -> float:
    started = time.thread_time()
    for _ in range(CALLS):
        call()
    return time.thread_time() - started


def _cpu(ledger: Ledger, disclosing: Disclosing, size: int) -> float:
    """CPU seconds of the process, all threads, for a command."""
    started = time.process_time()
    _given(ledger, disclosing, size)
    return (time.process_time() - started) / size


def _given(ledger: Ledger, disclosing: Disclosing, size: int) -> None:
    for start in range(0, size, BATCH):
        for receipt in ledger.batch(disclosing.commands(min(BATCH, size - start))):
            receipt.result()


def _sealing(ledger: Ledger, loaded: Loaded) -> float:
    """Seconds to seal a field under a key that is at hand, as a command does."""
    event, class_ = uuid4(), loaded.cast.policy.evidence_class
    value = _CONTENT.decode()
    sealer = ledger.vault.sealer(uuid4())
    sealer.seal(event, "first", class_, "", value, known=None)  # mints the key
    return _each(lambda: sealer.seal(event, "field", class_, "", value, known=None))


def _bare() -> float:
    """Seconds to seal the same bytes with the cipher alone, under a kept key and a fresh nonce."""
    return _each(lambda: _KEPT.encrypt(os.urandom(12), _PLAIN, _BOUND))
