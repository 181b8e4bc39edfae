"""G8: a disclosure recorded over HTTP against FastAPI's hello, a batch against its validation alone.

Every answer of the product is durable, and a projector folds what is appended in a process beside the
server; before a ceiling is measured it has come to the end. The ceilings are plain FastAPI with the
same forms on the same server; load comes from a process of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from multiprocessing.connection import Connection
from typing import Any, get_args
from uuid import uuid4

from api.bench import http_load, http_servers
from api.bench.http_load import Answered, Rush
from api.bench.measure import Goal, Ratio, interleaved, per_second
from api.bench.places import Place
from api.bench.population import Loaded, Population, load
from ledger.config import Permission, Settings, Token

CONNECTIONS = 48
"""At once, for single requests."""
AT_ONCE = 8
"""Batches on their way."""
BATCH = 100
FOLDING = 600.0
"""Seconds the projector may take for what a repeat appends."""
_TOKEN = "bench-token"  # noqa: S105 - of a ledger that is thrown away
_FIELDS = ("recipient", "purpose", "ground", "country", "channel", "attributes")


def run(place: Place, size: int, repeats: int) -> list[Goal]:
    """`size` is the number of requests in a repeat; of batches of a hundred, a hundredth of it."""
    loaded = load(place, Population(events=3 * size, each=3, pattern="D"))
    asking = _Asking(loaded)
    many = max(size // BATCH, AT_ONCE)
    with ExitStack() as opened:
        served = _settings(place, loaded)
        ours = opened.enter_context(http_servers.listening(http_servers.product, served))
        plain = opened.enter_context(http_servers.listening(http_servers.plain))
        pipe = opened.enter_context(http_servers.process(http_load.serve))
        opened.enter_context(http_servers.process(http_servers.projector, served))
        folded = opened.enter_context(_folded(place))
        runs = {
            "hello": lambda: _rate(pipe, Rush(plain, CONNECTIONS, [_HELLO] * size)),
            "validated": lambda: _rate(pipe, Rush(plain, CONNECTIONS, asking.forms(size))),
            "recorded": lambda: _rate(pipe, Rush(ours, CONNECTIONS, asking.disclosures(size))),
            "many validated": lambda: _rate(
                pipe, Rush(plain, AT_ONCE, asking.batches(many, "/many"))
            ),
            "many recorded": lambda: _rate(
                pipe, Rush(ours, AT_ONCE, asking.batches(many, "/v1/batches"))
            ),
        }
        figures = interleaved(
            {name: partial(_after, folded, run) for name, run in runs.items()}, repeats, "http"
        )
        pipe.send(None)
    return _goals(place, figures)


def _goals(place: Place, figures: dict[str, list[float]]) -> list[Goal]:
    least = partial(Goal.at_least, store=place.store, target=0.5, unit="requests a second")
    told = {name: per_second(found) for name, found in figures.items()}

    def ratio(above: str, below: str) -> Ratio:
        return Ratio.between(figures[above], figures[below])

    return [
        least(
            "G8a",
            what="record one disclosure, durable, over HTTP",
            ratio=ratio("recorded", "hello"),
            measured=told["recorded"],
            ceiling=f"FastAPI hello, {told['hello']}",
            note=f"POST of the same form, validated only: {told['validated']}",
        ),
        least(
            "G8b",
            what=f"a batch of {BATCH} disclosures, durable",
            ratio=ratio("many recorded", "many validated"),
            measured=f"{told['many recorded']} batches",
            ceiling=f"FastAPI, the same body validated only, {told['many validated']} batches",
        ),
    ]


def _after(settled: Callable[[], None], run: Callable[[], float]) -> float:
    settled()
    return run()


@contextmanager
def _folded(place: Place) -> Iterator[Callable[[], None]]:
    """Gives a function that returns when the projector has read the log to its end."""
    with place.ledger() as ledger, place.views() as views:
        yield lambda: views.wait(ledger.recorder.last()[0], FOLDING)


def _rate(pipe: Connection, rush: Rush) -> float:
    """Requests a second; all of them must have been done."""
    pipe.send(rush)
    answered: Answered = pipe.recv()
    assert set(answered.statuses) <= {200, 201}, answered.statuses
    assert sum(answered.statuses.values()) == len(rush.requests), answered.statuses
    return len(rush.requests) / answered.seconds


def _settings(place: Place, loaded: Loaded) -> Settings:
    """The place's, with a token for the actor of its population."""
    token = Token(
        sha256=hashlib.sha256(_TOKEN.encode()).hexdigest(),
        actor=loaded.cast.disclosure()["by"],
        permissions=frozenset(get_args(Permission)),
    )
    return place.settings.model_copy(update={"tokens": (token,)})


class _Asking:
    """Requests about one person after another, each command under a key of its own."""

    def __init__(self, loaded: Loaded) -> None:
        fields = loaded.cast.disclosure()
        self._body = {name: fields[name] for name in _FIELDS if fields.get(name) is not None}
        self._population = loaded.population
        self._numbers = count()

    def forms(self, number: int) -> list[bytes]:
        """Bodies of disclosures, for whoever validates them."""
        return [_request("POST", "/one", self._body)] * number

    def disclosures(self, number: int) -> list[bytes]:
        """Disclosures to record."""
        return [
            _request("POST", f"/v1/subjects/{self._person()}/disclosures", self._body, uuid4().hex)
            for _ in range(number)
        ]

    def batches(self, number: int, path: str) -> list[bytes]:
        """As many batches."""
        return [_request("POST", path, {"commands": self._items()}) for _ in range(number)]

    def _items(self) -> list[dict[str, Any]]:
        named = {"command": "record-disclosure"}
        return [
            {**named, "key": uuid4().hex, "subject": self._person(), **self._body}
            for _ in range(BATCH)
        ]

    def _person(self) -> str:
        return str(self._population.ordinary(next(self._numbers) % self._population.others))


def _request(method: str, path: str, body: Any = None, key: str | None = None) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines: Sequence[str] = [
        f"{method} {path} HTTP/1.1",
        "Host: ledger.test",
        *([f"Authorization: Bearer {_TOKEN}"] if path.startswith("/v1") else []),
        *([f"Idempotency-Key: {key}"] if key else []),
        *(["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []),
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


_HELLO = _request("GET", "/hello")
