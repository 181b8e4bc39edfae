"""`ledger migrate`, `ledger serve`, `ledger project`: make a ledger, answer for it, fold its log."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import signal
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands import console
from api.commands.places import create_if_new, is_new, nested, served_alone
from api.commands.sweep import sweep_beside
from api.commands.views import database_of
from api.tls import Tls, tls_of
from ledger.config import Settings, masked
from ledger.errors import NotMigrated, ProjectionLagging, UnsafeSettings

if TYPE_CHECKING:
    import uvicorn

    from projections.engine import Engine

LAG = 1000
"""Positions a projector may be behind before `project --status` calls it unhealthy."""

Json = Annotated[bool, typer.Option("--json", help="For a program.")]


def migrate(as_json: Json = False) -> None:
    """Bring the database to this version, as its owner; make the ledger if there is none."""
    from ledger.genesis import create

    settings = Settings()
    made = create(settings)
    told = {
        "ledger": "made" if made else "was there already; its tables are of this version",
        "database": masked(settings)["database_url"] or str(settings.database_path),
        "schema": settings.schema_name if settings.database_url else "-",
        "keyring": str(settings.keyring_path),
    }
    if as_json:
        console.write_json({**told, "made": made})
    else:
        console.facts("Migrated", told)
    _warn(settings)


def serve(
    host: Annotated[str | None, typer.Option(help="Default: LEDGER_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Default: LEDGER_PORT.", min=0)] = None,
    project: Annotated[
        bool | None,
        typer.Option(
            help="Whether this process folds the log, too. Default: on SQLite it does; under load "
            "leave it to a `ledger project` beside it."
        ),
    ] = None,
    access_log: Annotated[
        bool,
        typer.Option(
            "--access-log",
            help="A line for each request: method, route, status, time; no path, id or value.",
        ),
    ] = False,
    tls_certificate: Annotated[
        Path | None,
        typer.Option(
            help="PEM, its chain below it. Default: LEDGER_TLS_CERTIFICATE; none: no TLS."
        ),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(help="PEM, readable by you alone. Default: LEDGER_TLS_KEY.")
    ] = None,
) -> None:
    """Serve the HTTP API. A new embedded home becomes a ledger first."""
    given = {"host": host, "port": port, "tls_certificate": tls_certificate, "tls_key": tls_key}
    settings = Settings(**{name: value for name, value in given.items() if value is not None})
    tls = tls_of(settings)
    _check_address(settings)
    if create_if_new(settings):
        console.err.print(f"A new ledger was made in {settings.home}.")
    _warn(settings)
    _warn_of_the_way(settings, tls)
    if not settings.tokens:
        console.warn("there is no token: nobody can ask anything; see `ledger settings token`.")
    embedded = settings.database_url is None if project is None else project
    stop = threading.Event()
    with served_alone(settings), contextlib.suppress(KeyboardInterrupt):  # stopped is done
        if embedded:  # who folds the log erases what is due, too
            sweep_beside(settings, stop)
        try:
            server(settings, project=project, access_log=access_log, tls=tls).run()
        finally:
            stop.set()


def _check_address(settings: Settings) -> None:
    """Whether it can be listened there, before anything is made.

    Raises:
        UnsafeSettings: the port is taken or not allowed, or the host is not this machine's.
    """
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind(address)
    except OSError as error:
        raise UnsafeSettings(
            setting="LEDGER_HOST, LEDGER_PORT",
            why=f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
            look="does another `ledger serve` run there? --port names another port",
        ) from error


def _warn_of_the_way(settings: Settings, tls: Tls | None) -> None:
    """Whether what is sent could be read on the way, or soon cannot be sent any more (P27)."""
    if tls is None:
        if not _local(settings.host):
            console.warn(
                f"whoever is on the way to {settings.host} reads tokens and values: "
                "name --tls-certificate and --tls-key, or let something with TLS stand in front."
            )
        return
    named = f"The certificate is for {', '.join(tls.names)}, until {tls.until:%Y-%m-%d}"
    if tls.ends_soon(dt.datetime.now(dt.UTC)):
        console.warn(f"{named}: name another one before.")
    else:
        console.err.print(f"{named}.")


def _local(host: str) -> bool:
    """Whether what is sent there stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def server(
    settings: Settings,
    level: str = "info",
    *,
    project: bool | None = None,
    access_log: bool = False,
    tls: Tls | None = None,
) -> uvicorn.Server:
    """The API on its host and port; the rest is `build`'s. What is sent is not logged."""
    import uvicorn

    from api.main import build

    config = uvicorn.Config(
        build(settings, project=project, access_log=access_log),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        server_header=False,
        log_level=level,
        access_log=False,  # it would tell of paths
        timeout_graceful_shutdown=10,
        ssl_context_factory=None if tls is None else lambda *_: tls.context,
    )
    return uvicorn.Server(config)


def project(
    once: Annotated[bool, typer.Option(help="Catch up with the log and stop.")] = False,
    rebuild: Annotated[
        bool, typer.Option(help="Build the tables anew beside the live ones, and switch.")
    ] = False,
    status: Annotated[bool, typer.Option(help="Say how far the tables are and stop.")] = False,
    sweep: Annotated[bool, typer.Option(help="Whether it erases what is due, too.")] = True,
    as_json: Json = False,
) -> None:
    """Fold the log into the tables that are read from, and erase what is due, until stopped."""
    from ledger.store import open_recorder
    from projections.engine import Engine

    settings = Settings()
    if is_new(settings):
        raise NotMigrated(home=settings.home)
    with contextlib.closing(open_recorder(settings)) as recorder, database_of(settings) as database:
        recorder.check()
        engine = Engine(database, recorder)
        if status:
            _status(engine, recorder.last()[0], as_json)
        elif once or rebuild:
            with console.progress("Projections") as moved:
                position = engine.rebuild(moved, settings) if rebuild else engine.catch_up(moved)
            _tell(position, recorder.last()[0], as_json)
        else:
            _follow(engine, settings if sweep else None)


def _follow(engine: Engine, swept: Settings | None) -> None:
    """Run until a signal says stop; what the engine does not know stops it, loudly."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    console.err.print(f"Projecting from position {engine.position()}.")
    sweeping = sweep_beside(swept, stop) if swept is not None else None
    try:
        engine.run_forever(stop)
    finally:
        stop.set()
        if sweeping is not None:
            sweeping.join(10)


def _status(engine: Engine, last: int, as_json: bool) -> None:
    lag = engine.lag()
    _tell(last - lag.positions, last, as_json, behind=round(lag.seconds, 3))
    if lag.positions > LAG:
        raise ProjectionLagging(position=last - lag.positions, last=last)


def _tell(position: int, last: int, as_json: bool, **more: float) -> None:
    """`behind`: seconds since the oldest entry that the tables do not have yet."""
    told = {"position": position, "last": last, **more}
    if as_json:
        console.write_json(told)
    else:
        console.facts("Projections", told)


def _warn(settings: Settings) -> None:
    for sentence in nested(settings):
        console.warn(sentence)
