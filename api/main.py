"""The composition root of the HTTP API: everything is opened here, handed out, and closed."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from functools import partial

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api import (
    access,
    account_facts,
    accounts,
    actors,
    audit_trail,
    authorisations,
    batches,
    cases,
    claims,
    collections,
    consents,
    contents,
    countries,
    decisions,
    disclosures,
    due,
    duties,
    erasure_reports,
    erasures,
    errors,
    handovers,
    health,
    invalid_consents,
    irregularities,
    metrics,
    openings,
    orders,
    policies,
    policy_diffs,
    processing,
    profiles,
    recipients,
    records,
    refusals,
    rights,
    subjects,
    transfers,
)
from api.access_log import write
from api.command_route import Commands
from api.dependencies import House
from api.guard import Guard, on_unforeseen
from api.metrics import Durations, registry
from api.schemas import PROBLEMS
from ledger.application import Ledger
from ledger.config import Settings
from ledger.vault.database import engine_for
from projections.engine import Engine

NOUNS = (
    subjects,
    profiles,
    openings,
    collections,
    consents,
    rights,
    disclosures,
    authorisations,
    handovers,
    due,
    processing,
    claims,
    account_facts,
    accounts,
    contents,
    cases,
    duties,
    erasures,
    erasure_reports,
    orders,
    access,
    policies,
    decisions,
    countries,
    recipients,
    actors,
    audit_trail,
    irregularities,
    refusals,
    policy_diffs,
    invalid_consents,
    transfers,
    records,
)
COMMANDS = [
    *disclosures.COMMANDS,
    *handovers.COMMANDS,
    *collections.COMMANDS,
    *consents.COMMANDS,
    *rights.COMMANDS,
    *subjects.COMMANDS,
    *claims.COMMANDS,
    *account_facts.COMMANDS,
    *accounts.COMMANDS,
    *contents.COMMANDS,
    *cases.COMMANDS,
    *duties.COMMANDS,
    *processing.COMMANDS,
    *orders.COMMANDS,
    *batches.COMMANDS,
]
_DESCRIPTION = """Every act on personal data is an immutable event; erasure destroys keys.

Commands take an `Idempotency-Key` and answer with `Ledger-Position`; reads take `?after=` that
position. What is *asked* is done, or refused with the rules it breaks (403, and on record); what is
*told* is stored with them. Errors are problems of RFC 9457; each type has a page of its own."""


class Api(FastAPI):
    """FastAPI for what is read and described; requests come to the guard first, then to `Commands`.

    What FastAPI puts around every request costs as much as either of them.
    """

    guard: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["app"] = self
            await self.guard(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def build(
    settings: Settings,
    *,
    ledger: Ledger | None = None,
    project: bool | None = None,
    access_log: bool = False,
) -> Api:
    """The API on the ledger that the settings name, or on one that is open (and stays its owner's).

    `project`: whether this process also keeps the projections; by default on SQLite only, where no
    other process is there to do it. `access_log`: whether each request is a line of the log. What is
    opened here is closed when the server stops.

    Raises:
        NotMigrated, UnsafeSettings, KeyServiceUnavailable, StoreUnavailable.
    """
    opened = ledger or _opened(settings)
    database = engine_for(settings)
    views = Engine(database, opened.recorder)
    embedded = settings.database_url is None if project is None else project

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if embedded:
            views.start()
        try:
            yield
        finally:
            views.stop()
            if ledger is None:
                opened.close()
            database.dispose()  # last: nothing reads any more

    app = Api(
        title="Data-protection ledger",
        version="1",
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # it would tell of paths
    )
    app.state.house = House(settings, opened, views)
    durations = Durations()
    app.state.metrics = registry(app.state.house, durations)
    noted = (durations.note, write) if access_log else (durations.note,)
    inner = Commands(partial(FastAPI.__call__, app), COMMANDS)
    app.guard = Guard(inner, settings.tokens, noted)
    _route(app)
    return app


def _route(app: FastAPI) -> None:
    """All that can be asked, and how each failure is told."""
    app.router.routes += COMMANDS
    app.include_router(health.router)
    app.include_router(metrics.router)
    for noun in NOUNS:
        router: APIRouter = noun.router
        app.include_router(router, responses=PROBLEMS)
    app.add_exception_handler(Exception, on_unforeseen)
    errors.install(app)


def _opened(settings: Settings) -> Ledger:
    """The ledger, and a key service that answers: a server that could seal nothing is none."""
    ledger = Ledger.open(settings)
    try:
        ledger.vault.fingerprint(b"")
    except BaseException:
        ledger.close()
        raise
    return ledger
