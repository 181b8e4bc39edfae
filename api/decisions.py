""" "May I?": what an act or a use would come to now, and why. Nothing is written, nothing is opened.

A use names a purpose and a person's attributes; an act is a command as a batch takes it, without a
key. An act that is asked for later is decided then.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from api.batches import ITEMS, PERMISSIONS
from api.dependencies import TheLedger, permitted
from api.guard import Caller
from api.problems import FieldError, InvalidRequest
from api.schemas import Broken, Code, Form, Id, Labels, View, field_example
from ledger.errors import NotPermitted
from ledger.explaining import Explained

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])

USING = ("subject:read", "processing:run", "audit:read")
_KEY = "decision"


class UseForm(Form):
    """Data of a person for a purpose; with `attributes`, what is stored of these."""

    subject: Id
    purpose: Code
    service: Code | None = None
    attributes: Annotated[list[Code], Field(default_factory=list, max_length=100)]


class DecisionForm(Form):
    """One question: a use, or a command as `POST /v1/batches` takes it (a key is not needed)."""

    model_config = field_example(
        use={
            "subject": "0b9c1f6e-7d7a-4c35-9f0e-2f3c6c1f3a10",
            "purpose": "purpose-a",
            "attributes": ["attribute-a"],
        }
    )

    use: UseForm | None = None
    act: dict[str, Any] | None = None


class DecisionView(View):
    """What would become of it. `permitted`: it would be done, and break nothing.

    `outcome`: `done`, `refused`, `unchanged`, or for what is told `recorded`, with the rules it
    breaks. `regime` is the law that its legal basis is taken from, where laws differ.
    `volunteered_only`: permitted for what the person volunteered, and for nothing beside it.
    `left_out`: how many people a run would leave out, by rule. `facts` are what was looked at: what
    stands of the person and of the purpose, and no value.
    """

    permitted: bool
    outcome: Literal["done", "recorded", "refused", "unchanged"]
    rules: list[Broken]
    regime: str | None
    regime_label: str | None
    volunteered_only: bool
    left_out: dict[str, int]
    facts: dict[str, Any]
    policy: int


@router.post("", operation_id="decide")
def decide(
    body: DecisionForm,
    ledger: TheLedger,
    caller: Annotated[Caller, permitted(*sorted({*USING, *PERMISSIONS}))],
) -> DecisionView:
    """Ask what would happen, without doing it: permitted, or the rules with their statements."""
    if (body.use is None) == (body.act is None):
        rule = "exactly one of `use` and `act`"
        raise InvalidRequest([FieldError("use", rule, "Leave one of them out.")])
    explainer = ledger.explainer()
    if body.use is not None:
        if not caller.permissions & set(USING):
            raise NotPermitted(permission=" or ".join(USING))
        told = explainer.use(
            body.use.subject,
            body.use.purpose,
            service=body.use.service,
            attributes=body.use.attributes,
        )
    else:
        told = explainer.command(_command(caller, body.act or {}))
    return view(told, Labels(ledger.policy()))


def _command(caller: Caller, act: dict[str, Any]) -> Any:
    """The command that an act says, in the caller's name; as in a batch, with a key of no meaning."""
    item = ITEMS.get(name) if isinstance(name := act.get("command"), str) else None
    if item is None:
        rule = f"must be one of {', '.join(ITEMS)}"
        raise InvalidRequest([FieldError("act.command", rule, "Correct it.")])
    return item.command(caller, {**act, "key": _KEY})


def view(told: Explained, labels: Labels) -> DecisionView:
    """An explanation as it is shown."""
    return DecisionView(
        permitted=told.permitted,
        outcome=told.outcome,
        rules=Broken.all(told.findings),
        regime=told.regime,
        regime_label=labels.label("regimes", told.regime),
        volunteered_only=told.volunteered,
        left_out=dict(told.left_out),
        facts=dict(told.facts),
        policy=told.policy,
    )
