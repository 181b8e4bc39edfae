"""Actors: who acts, by a random id, a kind and a function. Names stay sealed."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, status
from pydantic import Field

from api.dependencies import Carrier, Tables, commanding, permitted
from api.schemas import Act, Code, Done, FactView, field_example
from ledger.commands.registering import RegisterActor
from projections import actors

router = APIRouter(prefix="/v1/actors", tags=["actors"])


class ActorForm(Act):
    """Somebody or something that acts. The name is kept sealed."""

    model_config = field_example(kind="staff", function="function-a")

    kind: Literal["subject", "staff", "system", "agent", "authority"]
    function: Code | None = None
    name: Annotated[str, Field(min_length=1, max_length=300)] | None = None


class ActorView(FactView):
    """An actor of the register; the first one is the ledger itself."""

    actor: UUID
    kind: str
    function: str | None


@router.get("", operation_id="actors", dependencies=[permitted("audit:read", "register:write")])
def all_actors(tables: Tables) -> list[ActorView]:
    """Everybody who may act, oldest first."""
    return [ActorView.of(row) for row in actors.all_actors(tables)]


@router.post("", status_code=status.HTTP_201_CREATED, operation_id="register_actor")
async def register(
    body: ActorForm, carrier: Annotated[Carrier, commanding("register:write")]
) -> Done:
    """Register an actor; answers `ids.actor`, which a token of the settings file then names."""
    command = RegisterActor(
        **carrier.common(body), kind=body.kind, function=body.function, name=body.name
    )
    return Done.by(await carrier.carry(command))
