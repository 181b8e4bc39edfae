"""The API as a real server on loopback: sockets, threads, hang-ups."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
import structlog.testing
import uvicorn

from api import dependencies
from api.main import build
from ledger.application import Ledger
from ledger.commands.collecting import RegisterSubject
from ledger.config import Settings
from ledger.errors import Tampered
from projections import profiles
from projections.engine import Engine
from tests.api.client import MAIL, Api, problem


def _free_port() -> int:
    """A port below the range from which the system takes its own."""
    for port in random.sample(range(20_000, 32_000), 50):
        with contextlib.suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


@pytest.fixture
def server(served: Settings) -> Iterator[Api]:
    """The API behind uvicorn, asked over TCP."""
    app = build(served, project=True)
    config = uvicorn.Config(app, host="127.0.0.1", port=_free_port(), log_config=None)
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.01)
    with httpx2.Client(base_url=f"http://127.0.0.1:{config.port}", timeout=20) as http:
        yield Api(http, app.state.house.ledger)
    running.should_exit = True
    thread.join()


def test_one_life_over_tcp(server: Api) -> None:
    """Collected, consented, reported, erased, over real sockets."""
    path = server.person()
    server.consent(path)
    body = {"reason": "answer-request"}
    report = server.do("POST", f"{path}/access-reports", body)["report"]
    assert MAIL in [item["value"] for item in report["items"]]
    server.do("POST", f"{path}/erasures", {})
    shown = server.get(f"{path}/profile", reason="answer-request")
    assert [item["value"] for item in shown["items"]] == [None] * 3


def test_many_at_once_on_one_person(server: Api) -> None:
    """Commands that race for one stream are all recorded, each once."""
    path = server.person()
    before = server.last()

    def switch(number: int) -> int:
        state = "on" if number % 2 else "off"
        body = {"services": "all", "state": state, "on_behalf_of": path.rpartition("/")[2]}
        to = f"{path}/switches/product-research"
        return server.send("PUT", to, body, key=f"key-{number}", token="site").status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(switch, range(40)))
    assert set(codes) == {200}
    assert server.last() == before + 40


def test_reads_that_wait_do_not_hold_up_commands(
    server: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While reads wait for a projector that is stuck, a command is answered."""
    monkeypatch.setattr(dependencies, "WAIT_SECONDS", 2.0)
    monkeypatch.setattr(Engine, "run_once", lambda *_: 0)
    server.do("POST", "/v1/subjects", {})
    there = {"after": server.position}
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(server.send, "GET", "/v1/policy", params=there) for _ in range(20)]
        time.sleep(0.3)
        server.do("POST", "/v1/subjects", {})
        assert not any(read.done() for read in waiting)
        codes = {problem(read.result()) for read in waiting}
    assert codes == {(503, "projection-lagging")}


def test_a_position_that_is_not_there_yet_is_not_waited_for(server: Api) -> None:
    """Nobody was given it, so nobody may hold a thread with it."""
    began = time.monotonic()
    never = {"after": server.last() + 1000}
    assert problem(server.send("GET", "/v1/policy", params=never)) == (503, "projection-lagging")
    assert time.monotonic() - began < dependencies.WAIT_SECONDS / 2


def test_a_client_that_hangs_up_leaves_the_server_well(server: Api) -> None:
    """Half a request, and a whole one whose answer nobody reads: the next one is served."""
    address = (server.http.base_url.host, server.http.base_url.port)
    head = b"POST /v1/subjects HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer everything\r\n"
    head += b"Content-Type: application/json\r\nIdempotency-Key: key-1\r\nContent-Length: 2\r\n\r\n"
    before = server.last()
    with socket.create_connection(address) as half:
        half.sendall(head + b"{")
    time.sleep(0.2)
    assert server.last() == before
    with socket.create_connection(address) as whole:
        whole.sendall(head + b"{}")
    answer = server.do("POST", "/v1/subjects", {}, key="key-1")
    assert answer["position"] == before + 1 == server.last()


def test_an_awaited_receipt_that_is_given_up_is_recorded_all_the_same(served: Settings) -> None:
    """Who stops waiting cancels nothing: the writer lives, the command is there."""
    ledger = Ledger.open(served)
    actor = served.tokens[0].actor

    async def give_up() -> None:
        command = RegisterSubject(by=actor, key="key-1")
        waiting = asyncio.ensure_future(_wait(ledger, command))
        await asyncio.sleep(0)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting

    asyncio.run(give_up())
    again = ledger.register_subject(by=actor, key="key-1").result(5)
    other = ledger.register_subject(by=actor, key="key-2").result(5)
    assert other.position == again.position + 1
    ledger.close()


async def _wait(ledger: Ledger, command: RegisterSubject) -> None:
    await ledger.submit(command)


def test_a_mistake_inside_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 without a trace; the log has the place and the kind, and not the words."""
    path = api.person()

    def fail(*_: object, **__: object) -> None:
        raise ValueError(f"cannot read {MAIL}")

    monkeypatch.setattr(profiles, "of_subject", fail)
    with structlog.testing.capture_logs() as logged:
        sent = api.read(f"{path}/profile")
    assert problem(sent) == (500, "internal-error")
    assert MAIL not in sent.text + str(logged)
    assert logged[0]["kind"] == "ValueError"
    assert any("fail" in place for place in logged[0]["places"])


def test_an_alarm_is_told_as_such(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value that was put in another's place does not open: 500, by its own type, on the log."""
    path = api.person()
    real = profiles.of_subject

    def swapped(*given: object) -> list[profiles.Item]:
        items = real(*given)  # type: ignore[arg-type]
        values = [item.value for item in items]
        return [_with(item, value) for item, value in zip(items, values[1:] + values, strict=False)]

    monkeypatch.setattr(profiles, "of_subject", swapped)
    with structlog.testing.capture_logs() as logged:
        sent = api.read(f"{path}/profile", reason="answer-customer")
    assert problem(sent) == (500, "tampered")
    assert [line["event"] for line in logged if line["log_level"] == "error"] == ["alarm"]


@pytest.mark.parametrize("error", [Tampered(where="events"), ValueError(f"cannot read {MAIL}")])
def test_a_command_that_fails_of_itself_is_on_the_log_once(
    api: Api, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Commands do not pass through FastAPI: what befalls them is told in the same words."""

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(api.ledger, "submit", fail)
    with structlog.testing.capture_logs() as logged:
        sent = api.send("POST", "/v1/subjects", {})
    ours = isinstance(error, Tampered)
    assert problem(sent) == (500, "tampered" if ours else "internal-error")
    assert sent.headers["Cache-Control"] == "no-store"
    assert [line["event"] for line in logged] == ["alarm" if ours else "internal error"]
    assert MAIL not in sent.text + str(logged)


def _with(item: profiles.Item, value: object) -> profiles.Item:
    fields = {name: getattr(item, name) for name in item.__dataclass_fields__}
    return profiles.Item(**fields | {"value": value})
