"""The scenes, readable: every figure is the API's answer, none is computed from something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from api.demo.story import Scene

Told = dict[str, Any]


def panel(scene: Scene, number: int) -> Panel:
    """The scene as a panel."""
    body = Group(*_RENDER[scene.name](scene.told))
    return Panel(body, title=f"{number}  {scene.title}", title_align="left", border_style="blue")


def _recipients(told: Told) -> Iterable[RenderableType]:
    rows = ((one["name"], one["kind"], one["agreement"] or "-") for one in told["recipients"])
    yield _table(("Recipient", "Kind", "Agreement"), rows)
    for one in told["recipients"]:
        for access in one["standing"]:
            yield _line(
                f"{one['code']} reaches, without a disclosure each: {_many(access['classes'])}"
            )


def _sign_up(told: Told) -> Iterable[RenderableType]:
    yield _line(f"Subject {told['profile']['subject']}: a random id that says nothing.")
    rows = (
        (one["label"], one["retention_class"], one["scope"] or "-", one["source"] or "-")
        for one in told["profile"]["items"]
    )
    yield _table(("Item (its value is sealed)", "Class", "Period", "Source"), rows)


def _consents(told: Told) -> Iterable[RenderableType]:
    held = told["consents"]
    rows = [
        (
            one["purpose"],
            "given" if one["given"] else "withdrawn",
            one["notice_version"] or "-",
            str(one["position"]),
        )
        for one in held["history"]
    ]
    yield _table(("Purpose", "Word", "Notice shown", "Position"), rows)
    now = [f"{one['purpose']} {'on' if one['given'] else 'off'}" for one in held["in_force"]]
    now += [
        f"{one['purpose']} switched {one['state']} for {one['service'] or 'all services'}"
        for one in held["switches"]
    ]
    yield _line(f"In force now: {', '.join(now)}.")


def _disclosed(told: Told) -> Iterable[RenderableType]:
    refused, asked = told["refused"], told["asked"]
    yield _line("Each disclosure was authorised before it was made. One was refused, as a fact:")
    who = f"{asked['recipient']} for {asked['purpose']}"
    yield _line(f"  {who} (position {refused['position']})")
    for rule in refused["rules"]:
        yield _line(f"  {rule['rule']}: {rule['says']}")
        yield _line(f"  {rule['remedy']}", "green")


def _run(told: Told) -> Iterable[RenderableType]:
    run = told["run"]
    yield _line(
        f"For {run['purpose']}: {run['asked']} asked for, {run['admitted']} admitted, "
        f"{run['processed'] or 0} processed. Each opening was on record before a value was opened."
    )
    yield from _left_out(told["tally"])


def _left_out(tally: Sequence[Told]) -> Iterable[RenderableType]:
    for one in tally:
        if one["step"] == "excluded":
            yield _line(f"  left out at {one['stage']}: {one['subjects']} · {one['rule']}")


def _claim(told: Told) -> Iterable[RenderableType]:
    for one in told["claims"]:
        covers = ", ".join(f"{c['retention_class']} {c['scope']}" for c in one["covers"])
        yield _line(f"{one['ground_label']} · holds {covers}")
        until = f"until {one['until']}" if one["until"] else f"until reviewed on {one['review']}"
        yield _line(f"  {until} · decides {one['decided_by']} · law {one['law'] or '-'}")
    yield _line("An erasure now would do this:")
    yield _slots(told["plan"])


def _profile(told: Told) -> Iterable[RenderableType]:
    profile = told["profile"]
    rows = [(one["label"], _value(one), one["retention_class"]) for one in profile["items"]]
    yield _table(("Item", "Value", "Class"), rows)


def _disclosures(told: Told) -> Iterable[RenderableType]:
    for one in told["disclosures"]:
        yield _line(
            f"{one['recipient']['name']}, {one['country']}, {_when(one['occurred_at'])}", "bold"
        )
        yield _line(f"  {_many(item['attribute'] for item in one['items'])}")
        yield _line(f"  for {one['purpose']} · on {one['ground']} · by {one['channel'] or '-'}")


def _erasure(told: Told) -> Iterable[RenderableType]:
    """Three parts, never one word for them."""
    report = told["report"]
    yield _line("Erased here", "bold")
    rows = [(one["label"], _scope(one), str(one["position"])) for one in report["erased_here"]]
    yield _table(("Class", "Period or case", "Position"), rows)
    for status in dict.fromkeys(one["status"] for one in report["erased_here"]):
        yield _line(f"({status})", "italic")
    yield _line("")
    yield from _ordered(told)
    yield _line("")
    yield _line("Retained", "bold")
    for one in report["retained"]:
        if one["erased_at"] is None:
            yield from _retained(one)


def _ordered(told: Told) -> Iterable[RenderableType]:
    report = told["report"]
    yield _line("Ordered elsewhere", "bold")
    rows = [
        (one["recipient"]["code"] or "-", _many(one["classes"]), one["status"])
        for one in report["ordered_elsewhere"]
    ]
    yield _table(("Holder", "Classes", "State"), rows)
    closed = report["closed_at"]
    yield _line(f"Closed {_when(closed)}." if closed else "Not closed: a holder has not answered.")


def _retained(one: Told) -> Iterable[RenderableType]:
    yield _line(f"{one['label']} {_scope(one).rstrip('-')}".rstrip())
    until = f"until {one['until']}" if one["until"] else f"until reviewed on {one['review']}"
    law = one["law_label"] or "no law of its own"
    yield _line(f"  {one['ground_label']} · {law}")
    yield _line(f"  {until} · decides: {one['decided_by_label']}")


def _kept(told: Told) -> Iterable[RenderableType]:
    for report in (told["other"], told["own"]):
        run = report["run"]
        yield _line(f"For {run['purpose']}: {run['admitted']} of {run['asked']} admitted.")
        yield from _left_out(report["tally"])


def _left(told: Told) -> Iterable[RenderableType]:
    acts = Counter(one["topic"] for one in told["acts"])
    yield _line(f"{len(told['acts'])} acts, newest at position {told['acts'][0]['position']}:")
    yield _line(" · ".join(f"{topic} {number}" for topic, number in sorted(acts.items())))
    yield _line("Kinds, dates, purposes, recipients. All that can still be opened:")
    yield _slots(told["plan"])


def _slots(plan: Sequence[Told]) -> RenderableType:
    rows = (
        (one["label"], _scope(one), one["action"], (one["retained"] or {}).get("ground", "-"))
        for one in plan
    )
    return _table(("Class", "Period or case", "Would", "Ground"), rows)


def _access(told: Told) -> Iterable[RenderableType]:
    report = told["report"]
    rows = ((one["label"], one["value"], one["source"], _bases(one)) for one in report["items"])
    yield _table(("Item", "Value", "Source", "Legal basis"), rows)
    yield from _received(report["recipients"])
    for look in report["who_looked"]:
        who = f"{look['function'] or look['kind']} ({look['actor'][:8]}…)"
        yield _line(f"Looked: {who}: {look['access']}; {_why(look)}")
    for one in report["kept_by_claim"]:
        yield _line(f"Kept: {one['ground']}; decides: {one['decided_by']}")
    yield _line(f"As of position {report['as_of']['opening']}. {report['not_mentioned']}")
    yield _line(f"On record, salted: {told['digest'][:32]}…")


def _bases(item: Told) -> str:
    return "\n".join(dict.fromkeys(purpose["legal_basis"] for purpose in item["purposes"]))


def _why(look: Told) -> str:
    return str(look["reason"] or (look["purpose"] or {}).get("label", "-"))


def _received(recipients: Sequence[Told]) -> Iterable[RenderableType]:
    for one in recipients:
        for passed in one["disclosures"]:
            yield _line(f"Received: {one['name']}: {_many(passed['items'])}; {passed['country']}")
        for access in one["standing_access"]:
            yield _line(
                f"Within reach: {one['name']}, {access['country']}, since {access['since']}"
            )


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    made = Table(*columns, show_edge=False, pad_edge=False, header_style="dim", box=None)
    for row in rows:
        made.add_row(*(Text(cell or "-", overflow="fold") for cell in row))
    return made


def _line(text: str, style: str = "") -> Text:
    return Text(text, style=style)


def _value(item: Told) -> str:
    if item["erased"]:
        return f"erased {_when(item['erased']['at'])}, position {item['erased']['position']}"
    return str(item["value"])


def _scope(item: Told) -> str:
    """A period as it is; of a random document or case id only the beginning."""
    scope = str(item["scope"] or "-")
    return f"{scope[:8]}…" if len(scope) > len("2026-04-01") else scope


def _many(names: Iterable[str]) -> str:
    return ", ".join(names) or "-"


def _when(instant: str) -> str:
    """`2026-11-22T17:20:00.123456Z` as `2026-11-22 17:20:00`."""
    return instant[:19].replace("T", " ")


_RENDER: dict[str, Callable[[Told], Iterable[RenderableType]]] = {
    "register": _recipients,
    "sign-up": _sign_up,
    "consents": _consents,
    "disclosed": _disclosed,
    "run": _run,
    "claim": _claim,
    "profile": _profile,
    "disclosures": _disclosures,
    "access": _access,
    "erasure": _erasure,
    "kept": _kept,
    "answers": _ordered,
    "released": _erasure,
    "closed": _ordered,
    "after": _profile,
    "left": _left,
}
