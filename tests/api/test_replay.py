"""`ledger replay`: any moment rebuilt, two compared, the live tables proved; all without a key."""

from __future__ import annotations

import json
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text

from api import cli
from api.commands.console import Exit
from ledger.application import Ledger
from ledger.config import Settings, variable
from ledger.genesis import create
from ledger.vault.database import engine_for
from projections import replaying
from projections.engine import Engine
from tests.ledger.world import MAILER, NEWS, World

SECRET = "Zoë Halvorsen"


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Any:
        return json.loads(self.out)


class Place(NamedTuple):
    """A ledger with one person's life, its keyring moved away."""

    settings: Settings
    person: UUID
    before: int
    """The position before the person consented and data was passed on."""
    last: int


Run = Callable[..., Ran]


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], scratch: Path
) -> Iterator[Run]:
    """Run `ledger replay WORDS`; no folder is ever left behind."""
    handler = signal.getsignal(signal.SIGTERM)

    def command(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["ledger", "replay", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert list(scratch.iterdir()) == []
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, *capsys.readouterr())

    yield command
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def place(store_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A person who consented, whose data was passed on; projected, the keyring gone."""
    create(store_settings)
    ledger = Ledger.open(store_settings)
    row = ledger.recorder.genesis()
    assert row is not None
    world = World(ledger, row.actor_stream)
    world.recipient(MAILER)
    person = world.person(**{"full-name": SECRET})
    before = ledger.recorder.last()[0]
    world.consent(person)
    world.do("record_disclosure", **world.disclosure(person))
    database = engine_for(store_settings)
    last = Engine(database, ledger.recorder).catch_up()
    database.dispose()
    ledger.close()
    shutil.move(store_settings.keyring_path, f"{store_settings.keyring_path}.elsewhere")
    monkeypatch.setenv("LEDGER_HOME", str(store_settings.home))
    monkeypatch.setenv("LEDGER_SCHEMA", store_settings.schema_name)
    for name in ("database_url", "owner_url"):
        secret = getattr(store_settings, name)
        if secret is not None:
            monkeypatch.setenv(variable(name), secret.get_secret_value())
    return Place(store_settings, person, before, last)


def sizes(told: dict[str, Any]) -> dict[str, int]:
    return {table["table"]: table["rows"] for table in told["tables"]}


def alter(place: Place, statement: str, **values: Any) -> None:
    """Change the live tables as somebody who holds the database."""
    owner = {"database_url": place.settings.owner_url}
    database = engine_for(place.settings.model_copy(update=owner))
    with database.begin() as connection:
        assert connection.execute(text(statement), values).rowcount == 1
    database.dispose()


# ---- one moment --------------------------------------------------------------------------------


def test_the_tables_of_a_moment(run: Run, place: Place) -> None:
    """Sizes and digests of all of them; the same again is the same."""
    before = run("--until", str(place.before), "--json")
    assert before.code == Exit.OK
    assert before.told["as_of"]["position"] == place.before
    assert before.told["as_of"]["clock"] == "known"
    found = sizes(before.told)
    assert (found["subjects"], found["consents"], found["disclosures"]) == (1, 0, 0)
    assert run("--until", str(place.before), "--json").out == before.out
    after = sizes(run("--until", str(place.last), "--json").told)
    assert (after["subjects"], after["consents"], after["disclosures"]) == (1, 1, 1)
    assert SECRET not in before.out + before.err


def test_the_tables_of_one_noun_or_one_person(run: Run, place: Place) -> None:
    """As a table for people, and for a program."""
    shown = run("--until", str(place.last), "--projection", "consents")
    assert "consents" in shown.out
    assert "switches" in shown.out
    assert "disclosures" not in shown.out
    own = sizes(run("--until", str(place.last), "--subject", str(place.person), "--json").told)
    assert (own["subjects"], own["consents"], own["actors"]) == (1, 1, 0)


def test_what_was_true_is_replayed_too(run: Run, place: Place) -> None:
    """By a date; nothing had happened long ago but that people got an id."""
    told = run("--until", "2001-01-01", "--clock", "true", "--json").told
    assert told["as_of"]["at"] == "2001-01-01T23:59:59.999999Z"
    assert {name: rows for name, rows in sizes(told).items() if rows} == {
        "subjects": 1,
        "audit_trail": 1,
    }


# ---- two moments -------------------------------------------------------------------------------


def test_a_comparison_shows_exactly_what_is_different(run: Run, place: Place) -> None:
    """What came since, by key; the rows that changed, by column; nothing else."""
    told = run("--until", str(place.before), "--compare", "--json").told
    different = {t["table"]: t for t in told["tables"] if not t["same"]}
    new = {name: table["only_right"] for name, table in different.items()}
    acts = place.last - place.before
    assert new == {"consents": 1, "disclosures": 1, "key_states": 1, "audit_trail": acts} | {
        "due_keys": 1
    }
    assert all(table["only_left"] == table["differs"] == 0 for table in different.values())
    (example,) = different["consents"]["examples"]
    assert (example["where"], set(example["key"])) == ("only-right", {"event"})
    assert told["same"] is False


def test_a_comparison_with_itself_finds_nothing(run: Run, place: Place) -> None:
    """Also by name of the moment; and two moments of one person."""
    position = str(place.before)
    told = run("--until", position, "--with", position, "--json").told
    assert told["same"] is True
    person = ("--subject", str(place.person), "--projection", "consents")
    told = run("--until", position, "--with", str(place.last), *person, "--json").told
    assert [(t["table"], t["only_right"]) for t in told["tables"]] == [
        ("consents", 1),
        ("switches", 0),
    ]
    shown = run("--until", position, "--compare", *person)
    assert "consents: only there: event" in shown.out
    assert NEWS not in shown.out


# ---- verify ------------------------------------------------------------------------------------


def test_a_healthy_ledger_is_verified(run: Run, place: Place) -> None:
    """Tables and decision states, at the position of the live tables."""
    shown = run("verify")
    assert shown.code == Exit.OK
    assert "Verified." in shown.out
    told = run("verify", "--json").told
    assert (told["same"], told["position"]) == (True, place.last)
    assert told["decision_states"]["wrong"] == 0
    assert told["decision_states"]["rows"] > 2


def test_a_false_table_is_an_alarm_that_names_no_value(run: Run, place: Place) -> None:
    """Exit code 5; table, key and column."""
    alter(place, "UPDATE consents SET purpose = :purpose", purpose="tampered-purpose")
    shown = run("verify")
    assert shown.code == Exit.ALARM
    assert "consents: differs: event" in shown.out
    assert shown.out.count(": purpose") == 1
    assert "tampered-purpose" not in shown.out + shown.err
    told = run("verify", "--json")
    assert told.code == Exit.ALARM
    wrong = [table for table in told.told["tables"] if not table["same"]]
    assert [(t["table"], t["differs"]) for t in wrong] == [("consents", 1)]
    assert wrong[0]["examples"][0]["columns"] == ["purpose"]


def test_a_false_decision_state_is_an_alarm(run: Run, place: Place) -> None:
    """It would mislead the next decision; the stream is named."""
    person = place.person if place.settings.database_url else place.person.bytes
    alter(
        place,
        "UPDATE decision_states SET state = :state WHERE stream = :stream",
        state=b"\x92\x90\x90",
        stream=person,
    )
    shown = run("verify")
    assert shown.code == Exit.ALARM
    assert f"decision_states: differs: stream {place.person}: state" in shown.out
    told = run("verify", "--json").told
    assert told["same"] is False
    assert told["decision_states"]["examples"] == [{"stream": str(place.person), "column": "state"}]


# ---- what is asked wrongly, and how it ends ----------------------------------------------------


def test_what_is_asked_wrongly_is_told(run: Run, place: Place) -> None:
    """With the option at fault."""
    assert run().code == Exit.USAGE
    nothing = run("--until", "then")
    assert nothing.code == Exit.REFUSED
    assert "--until" in nothing.err
    assert run("--until", str(place.last + 1)).code == Exit.REFUSED
    assert run("--until", "2", "--with", "2999-01-01").code == Exit.REFUSED
    assert run("--until", "2", "--projection", "planets").code == Exit.USAGE
    position = run("--until", "2", "--clock", "true", "--json")
    assert json.loads(position.err)["error"]["code"] == "moment-not-a-time"


def test_the_scratch_tables_are_private_and_go_away_on_ctrl_c(
    run: Run, place: Place, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is nobody else's; what is interrupted leaves nothing."""
    seen = []

    def interrupted(*_: Any) -> None:
        (folder,) = scratch.iterdir()
        seen.append(stat.S_IMODE(folder.stat().st_mode))
        assert list(folder.iterdir())
        raise KeyboardInterrupt

    monkeypatch.setattr(replaying, "build", interrupted)
    assert run("--until", str(place.last)).code != Exit.OK
    assert seen == [0o700]


def test_a_process_that_is_told_to_end_leaves_nothing(place: Place, scratch: Path) -> None:
    """SIGTERM removes the folder, too."""
    program = (
        "import sys, time\n"
        "from projections import replaying\n"
        "replaying.build = lambda *_: (print('ready', flush=True), time.sleep(60))\n"
        "from api import cli\n"
        f"sys.argv = ['ledger', 'replay', '--until', '{place.last}']\n"
        "cli.main()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    assert len(list(scratch.iterdir())) == 1
    process.send_signal(signal.SIGTERM)
    process.wait(30)
    process.stdout.close()
    assert list(scratch.iterdir()) == []
