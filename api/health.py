"""Is the process alive; is it ready: database, key service, and how far the projections are behind."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.dependencies import TheHouse
from api.schemas import View
from ledger.errors import LedgerError

router = APIRouter(tags=["health"])


class Live(View):
    """The process answers."""

    status: str


class Ready(View):
    """`lag` is how many positions the projections are behind the log."""

    status: str
    position: int | None
    lag: int | None
    problem: str | None


@router.get("/healthz", operation_id="live")
async def live() -> Live:
    """The process is alive."""
    return Live(status="live")


@router.get("/readyz", operation_id="ready")
def ready(built: TheHouse, response: Response) -> Ready:
    """Database and key service answer, and the projector of this process has not stopped."""
    position, lag = None, None
    try:
        position, _ = built.ledger.recorder.last()
        built.ledger.vault.fingerprint(b"")
        lag = position - built.views.position()
        stopped = built.views.failure
        problem = None if stopped is None else "projections-stopped"
    except LedgerError as error:
        problem = error.code
    if problem is not None:
        response.status_code = 503
    return Ready(
        status="ready" if problem is None else "not-ready",
        position=position,
        lag=max(lag, 0) if lag is not None else None,
        problem=problem,
    )
