"""`ledger demo`: a ledger, a thousand customers, one person's whole life, over HTTP."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.panel import Panel
from rich.text import Text

from api.commands import console, importing
from api.commands.places import opened
from api.demo import plot
from api.demo.plot import Plot, Role, Sample
from ledger.config import Settings

if TYPE_CHECKING:
    from api.demo.teller import Teller
    from api.importing.report import ImportResult
    from ledger.application import Ledger

FOLDER = Path(plot.__file__).parent


def demo() -> None:
    """Make a ledger in LEDGER_HOME and live one person's life in it, from sign-up to erasure."""
    from api.demo import local
    from api.demo.teller import Teller
    from ledger.genesis import create

    began = time.monotonic()
    settings = Settings()
    local.check_home(settings)
    told = plot.load()
    create(settings)
    with opened(settings) as ledger:
        tokens = local.tokens(ledger, settings, told)
        taken = _import(ledger, settings, told.sample)
    console.out.print(_opening(settings, told, taken))
    with local.serving_at(Settings(home=settings.home, port=local.free_port())) as address:
        teller = Teller(address, tokens)
        try:
            _tell(told, teller)
        finally:
            teller.close()
    console.out.print(_closing(settings, tokens, time.monotonic() - began), soft_wrap=True)


def _import(ledger: Ledger, settings: Settings, sample: Sample | None) -> ImportResult | None:
    if sample is None:
        return None
    mapping = importing.read_mapping(FOLDER / sample.mapping)
    report = settings.home / "import-refused.csv"
    return importing.take(ledger, FOLDER / sample.file, mapping, None, report)


def _tell(told: Plot, teller: Teller) -> None:
    """Live the story, and show each scene when it has happened."""
    from api.demo import panels
    from api.demo.story import Story

    story = Story(told, teller, _others(told, teller))
    for number, scene in enumerate(story.scenes(), 1):
        console.out.print(panels.panel(scene, number))


def _others(told: Plot, teller: Teller) -> Sequence[str]:
    from api.demo import local

    if told.sample is None:
        return ()
    mapping = importing.read_mapping(FOLDER / told.sample.mapping)
    return local.look_up(teller, FOLDER / told.sample.file, mapping, told.reads_because)


def _opening(settings: Settings, told: Plot, taken: ImportResult | None) -> Panel:
    lines = [f"A new ledger in {settings.home}; its keys in {settings.keyring_path}."]
    if taken is not None:
        lines.append(
            f"Imported {taken.lines} lines: {taken.registered} people registered, "
            f"{taken.changed} changed, {taken.unchanged} unchanged, {taken.irregular} irregular, "
            f"{taken.refused} refused (by line and rule in {taken.report})."
        )
    lines.append(f"The story: {told.title}.")
    return Panel(Text("\n".join(lines)), title="ledger demo", title_align="left")


def _closing(settings: Settings, tokens: dict[Role, str], seconds: float) -> Text:
    """No frame around what is to be copied."""
    address = f"http://{settings.host}:{settings.port}"
    ask = f"curl -H 'Authorization: Bearer {tokens['auditor']}' '{address}/v1/entries?limit=5'"
    home, keyring = (shlex.quote(str(place)) for place in (settings.home, settings.keyring_path))
    lines = [
        f"All of this took {seconds:.1f} seconds. The ledger stays; look around:",
        "",
        f"    LEDGER_HOME={home} uv run ledger serve",
        f"    {ask}",
        "",
        "The token is an auditor's, shown this once; the settings file keeps its SHA-256 only.",
        f"Remove everything: rm -r {home} {keyring}",
    ]
    return Text("\n".join(lines))
