"""The command line: what it prints, what its exit codes mean, and what it never shows."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from api import cli
from api.commands import console, demo, places
from api.commands.console import Exit
from api.demo import local
from ledger.application import Ledger
from ledger.config import Settings, variable
from ledger.errors import KeyLost, KeyServiceUnavailable, LedgerError, StoreUnavailable, Tampered
from ledger.policy.document import DEFAULT
from ledger.vault.keyring import EpochKeyGone

SECRET = "Zoë Halvorsen"


class Ran(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run `ledger WORDS` in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def command(*words: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["ledger", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else 0, *capsys.readouterr())

    return command


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where LEDGER_HOME points to: nothing is there yet."""
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def made(home: Path, run: Run) -> Path:
    """A ledger in an embedded home."""
    assert run("migrate").code == Exit.OK
    return home


def use(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Name these settings in the environment."""
    monkeypatch.setenv("LEDGER_HOME", str(settings.home))
    monkeypatch.setenv("LEDGER_SCHEMA", settings.schema_name)
    for name in ("database_url", "owner_url"):
        secret = getattr(settings, name)
        if secret is not None:
            monkeypatch.setenv(variable(name), secret.get_secret_value())


# ---- making a ledger ---------------------------------------------------------------------------


def test_migrate_makes_a_ledger_once(
    run: Run, store_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables, keyring and the first append; the second time everything is there already."""
    use(store_settings, monkeypatch)
    assert json.loads(run("migrate", "--json").out)["made"] is True
    assert json.loads(run("migrate", "--json").out)["made"] is False
    ledger = Ledger.open(Settings())
    try:
        assert ledger.recorder.last()[0] == 3
    finally:
        ledger.close()


def test_without_a_ledger_the_remedy_is_named(run: Run, home: Path) -> None:
    """No traceback: what, facts, remedy, and exit code 1."""
    for words in (("policy", "show"), ("project", "--once"), ("settings", "token")):
        permission = ("--permission", "audit:read") if words[-1] == "token" else ()
        ran = run(*words, *permission)
        assert ran.code == Exit.REFUSED
        assert "ledger migrate" in ran.err
        assert "Traceback" not in ran.err
    assert not home.exists()


def test_demo_leaves_a_ledger_that_is_there_alone(run: Run, made: Path) -> None:
    """It makes its own ledger or none, and says how."""
    before = (made / "ledger.db").read_bytes()
    ran = run("demo")
    assert ran.code == Exit.REFUSED
    assert "LEDGER_HOME=./another" in ran.err
    assert (made / "ledger.db").read_bytes() == before


def test_a_home_with_a_space_can_be_copied_from_what_demo_says(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is to be removed is quoted: a shell would take two words for two places."""
    monkeypatch.setenv("LEDGER_HOME", "a home")
    assert run("migrate").code == Exit.OK
    assert "rm -r 'a home' 'a home.keyring'" in " ".join(run("demo").err.replace("│", "").split())
    closing = demo._closing(Settings(), {"auditor": "t"}, 1.0).plain
    assert "LEDGER_HOME='a home' uv run ledger serve" in closing
    assert "rm -r 'a home' 'a home.keyring'" in closing


def test_demo_refuses_another_database(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It never writes a story into somebody's PostgreSQL."""
    monkeypatch.setenv("LEDGER_DATABASE_URL", "postgresql://somebody@nowhere/ledger")
    ran = run("demo")
    assert ran.code == Exit.REFUSED
    assert "LEDGER_DATABASE_URL" in ran.err


def test_a_first_policy_that_cannot_be_read_is_a_wrong_setting(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """LEDGER_POLICY is read when a ledger is made; correct it and migrate again."""
    monkeypatch.setenv("LEDGER_POLICY", str(tmp_path / "nowhere.yaml"))
    ran = run("migrate")
    assert ran.code == Exit.REFUSED
    assert "LEDGER_POLICY" in ran.err
    monkeypatch.delenv("LEDGER_POLICY")
    assert json.loads(run("migrate", "--json").out)["made"] is True


def test_serve_makes_a_ledger_of_a_new_home_and_says_what_is_missing(home: Path) -> None:
    """It answers at once, warns that nobody has a token, and ends politely."""
    port = local.free_port()
    python = os.pathsep.join(place for place in sys.path if place)
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "serve", "--port", str(port)],
        env={"PATH": os.defpath, "PYTHONPATH": python, "LEDGER_HOME": str(home)},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        local.wait_for(lambda: _answers(f"http://127.0.0.1:{port}/readyz"))
    finally:
        process.terminate()
    _, said = process.communicate(timeout=30)
    assert "A new ledger was made" in said
    assert "ledger settings token" in said
    assert "Traceback" not in said
    assert (home / "ledger.db").exists()


def _answers(address: str) -> bool:
    try:
        return httpx2.get(address).json()["status"] == "ready"
    except httpx2.TransportError:
        return False


# ---- settings ----------------------------------------------------------------------------------


def test_serve_says_that_its_port_is_taken_and_makes_nothing(run: Run, home: Path) -> None:
    """As one panel that names the setting, not as a line of the server's log."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run("serve", "--port", str(taken.getsockname()[1]))
    assert ran.code == Exit.REFUSED
    assert "LEDGER_PORT" in ran.err
    assert "--port names another port" in ran.err
    assert not home.exists()


def test_settings_name_value_and_origin_and_mask_secrets(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where each value comes from; of a password nothing."""
    monkeypatch.setenv("LEDGER_DATABASE_URL", "postgresql://runtime:hunter2-hunter2@db/ledger")
    told = json.loads(run("settings", "--json").out)
    assert told["LEDGER_HOME"] == {"value": str(home), "origin": "environment"}
    assert told["LEDGER_PORT"]["origin"] == "default"
    assert "hunter2" not in json.dumps(told) + run("settings").out
    assert set(told) == {variable(name) for name in Settings.model_fields}


def test_a_keyring_inside_the_home_is_warned_of(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever copies the home would take the keys."""
    assert places.nested(Settings()) == []
    monkeypatch.setenv("LEDGER_KEYRING", str(home / "keys"))
    assert "LEDGER_KEYRING" in run("settings").err
    assert "lies inside" in run("migrate").err


def test_a_misspelt_setting_is_refused(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LEDGER_HOMES is no setting."""
    monkeypatch.setenv("LEDGER_HOMES", "x")
    ran = run("settings", "--json")
    assert ran.code == Exit.REFUSED
    error = json.loads(ran.err)["error"]
    assert error["code"] == "unsafe-settings"
    assert error["facts"]["setting"] == "LEDGER_HOMES"


def test_a_token_is_shown_once_and_only_its_digest_is_kept(run: Run, made: Path) -> None:
    """The file is the owner's alone; a second token leaves the first as it is."""
    words = ("settings", "token", "--function", "privacy-auditor", "--permission", "audit:read")
    first = json.loads(run(*words, "--json").out)
    second = json.loads(run(*words, "--permission", "subject:read", "--json").out)
    file = made / "settings.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert first["token"] not in file.read_text()
    entries = tomllib.loads(file.read_text())["tokens"]
    assert [entry["sha256"] for entry in entries] == [
        hashlib.sha256(told["token"].encode()).hexdigest() for told in (first, second)
    ]
    assert [token.permissions for token in Settings().tokens] == [
        {"audit:read"},
        {"audit:read", "subject:read"},
    ]
    assert [path.name for path in made.glob("*.new")] == []


def test_a_token_needs_what_is_listed(run: Run, made: Path) -> None:
    """A permission that does not exist is a usage error, an unlisted function is refused."""
    assert run("settings", "token", "--permission", "everything").code == Exit.USAGE
    ran = run("settings", "token", "--permission", "audit:read", "--function", "no-such-function")
    assert ran.code == Exit.REFUSED
    assert not (made / "settings.toml").exists()


# ---- the policy --------------------------------------------------------------------------------


def test_policy_check_names_line_key_and_remedy(run: Run, tmp_path: Path) -> None:
    """The shipped one is valid; a misspelt key is named with its line."""
    assert run("policy", "check").code == Exit.OK
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(DEFAULT.read_text().replace("irregularities:", "iregularities:"))
    ran = run("policy", "check", str(wrong), "--json")
    assert ran.code == Exit.REFUSED
    told = json.loads(ran.out)
    line = next(n for n, text in enumerate(wrong.read_text().splitlines(), 1) if "iregul" in text)
    assert (line, "iregularities") in [(p["line"], p["key"]) for p in told["problems"]]
    assert "iregularities" in run("policy", "check", str(wrong)).out


def test_policy_check_cuts_no_key_off(run: Run, tmp_path: Path) -> None:
    """On a narrow screen a long key goes on below."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(DEFAULT.read_text().replace("basis: consent", "basis: hope"))
    assert "…" not in run("policy", "check", str(wrong)).out


def test_policy_check_lists_what_a_law_asks_for_as_warnings(run: Run, tmp_path: Path) -> None:
    """By article, for people and for programs; a document that is silent is no wrong document."""
    ran = run("policy", "check", "--against", "gdpr", "--against", "ccpa", "--json")
    assert ran.code == Exit.OK
    told = json.loads(ran.out)
    assert told["valid"] and not told["problems"]
    assert list(told["gaps"]) == ["gdpr", "ccpa"]
    assert "Art. 20" in [gap["article"] for gap in told["gaps"]["gdpr"]]
    shown = run("policy", "check", "--against", "dpdp")
    assert shown.code == Exit.OK
    assert "Against dpdp: silent on" in shown.out and "s. 14" in shown.out
    assert run("policy", "check", "--against", "lex-salica").code == Exit.USAGE
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(DEFAULT.read_text().replace("irregularities:", "iregularities:"))
    ran = run("policy", "check", str(wrong), "--against", "gdpr", "--json")
    assert ran.code == Exit.REFUSED and "gaps" not in json.loads(ran.out)


def test_policy_refusals_counts_by_rule_and_version(run: Run, made: Path) -> None:
    """For people and for programs; none of another version."""
    with places.opened(Settings()) as ledger:
        by = places.command_line_actor(ledger)
        name = "Asha 4111 1111 1111 1111"
        ledger.register_actor(by=by, key="named", kind="staff", name=name).result()
    (counted,) = json.loads(run("policy", "refusals", "--json").out)
    assert (counted["rule"], counted["statements"]) == ("identifier-found", ["P08"])
    assert (counted["policy"], counted["refused"], counted["irregular"]) == (1, 1, 0)
    shown = run("policy", "refusals").out
    assert "identifier-found" in shown and "P08" in shown
    assert json.loads(run("policy", "refusals", "--version", "2", "--json").out) == []


def test_policy_schema_prints_the_form_for_editors(run: Run) -> None:
    """JSON, and nothing else on standard output."""
    ran = run("policy", "schema")
    assert ran.code == Exit.OK
    assert json.loads(ran.out)["$schema"].startswith("https://json-schema.org/")


def test_policy_publish_makes_a_version_and_shows_it(run: Run, made: Path, tmp_path: Path) -> None:
    """The same document again changes nothing; every version can be shown."""
    text = DEFAULT.read_text()
    changed = tmp_path / "second.yaml"
    changed.write_text(
        text.replace("Online Privacy Statement", "Privacy Statement").replace(
            "-2026-11", "-2026-12"
        )
    )
    assert run("policy", "show").out == text
    published = json.loads(run("policy", "publish", str(changed), "--json").out)
    assert (published["outcome"], published["version"]) == ("recorded", 2)
    assert [one["key"] for one in published["changes"]] == ["policy.label", "policy.title"]
    assert json.loads(run("policy", "publish", str(changed), "--json").out)["version"] == 2
    assert run("policy", "show").out == changed.read_text()
    assert run("policy", "show", "1").out == text
    assert run("policy", "show", "3").code == Exit.REFUSED


def test_an_invalid_policy_is_not_published(run: Run, made: Path, tmp_path: Path) -> None:
    """Nothing is stored, and the reason is named."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("policy: {label: x}")
    ran = run("policy", "publish", str(wrong))
    assert ran.code == Exit.REFUSED
    assert "policy-invalid" in ran.err
    assert run("policy", "publish", str(tmp_path / "nowhere.yaml")).code == Exit.REFUSED


# ---- projections -------------------------------------------------------------------------------


def test_project_catches_up_and_rebuilds(
    run: Run, store_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--status` tells how far it is; `--once` and `--rebuild` reach the end."""
    use(store_settings, monkeypatch)
    run("migrate")
    status = json.loads(run("project", "--status", "--json").out)
    assert status.pop("behind") > 0
    assert status == {"position": 0, "last": 3}
    for how in ("--once", "--rebuild", "--status"):
        ran = run("project", how, "--json")
        told = json.loads(ran.out)
        assert told.pop("behind", 0.0) == 0.0
        assert (ran.code, told) == (Exit.OK, {"position": 3, "last": 3})


def test_project_status_is_unhealthy_far_behind(
    run: Run, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The health check of the projector fails when it is not keeping up."""
    monkeypatch.setattr("api.commands.serving.LAG", 2)
    assert run("project", "--status").code == Exit.TRY_AGAIN
    run("project", "--once")
    assert run("project", "--status").code == Exit.OK


# ---- importing ---------------------------------------------------------------------------------


EXPORT = f"""number,name,mail
K-1,{SECRET},zoe@example.org
K-2,Somebody Else,not-an-address
"""
MAPPING = """format: csv
columns: {number: client-number, name: full-name, mail: email-address}
recognise_by: [client-number]
source: earlier-records
country: india
purposes: [account-keeping]
"""


def test_import_refuses_lines_by_number_and_twice_is_once(
    run: Run, made: Path, tmp_path: Path
) -> None:
    """Exit code 3 says that lines were refused; no value is printed or kept in the report."""
    (tmp_path / "export.csv").write_text(EXPORT)
    (tmp_path / "mapping.yaml").write_text(MAPPING)
    words = ("import", "export.csv", "--mapping", "mapping.yaml")
    first = run(*words, "--json")
    told = json.loads(first.out)
    assert first.code == Exit.LINES_REFUSED
    assert first.err == ""  # no bar, and no trace of one, where nobody looks
    assert (told["lines"], told["registered"], told["refused"]) == (2, 1, 1)
    again = run(*words)
    assert again.code == Exit.LINES_REFUSED
    report = Path(told["report"]).read_text()
    assert report.splitlines()[1].startswith("3,")
    for text in (first.out, first.err, again.out, again.err, report):
        assert "Zoë" not in text and "not-an-address" not in text
    (tmp_path / "export.csv").write_text("\n".join(EXPORT.splitlines()[:2]) + "\n")
    clean = run(*words, "--json")
    assert (clean.code, json.loads(clean.out)["unchanged"]) == (Exit.OK, 1)


def test_import_needs_its_files(run: Run, made: Path, tmp_path: Path) -> None:
    """A missing file is a usage error; a mapping that cannot be read is refused by key."""
    assert run("import", "nowhere.csv", "--mapping", "nowhere.yaml").code == Exit.USAGE
    (tmp_path / "export.csv").write_text(EXPORT)
    (tmp_path / "mapping.yaml").write_text(MAPPING + "colour: red\n")
    ran = run("import", "export.csv", "--mapping", "mapping.yaml", "--json")
    assert ran.code == Exit.REFUSED
    assert json.loads(ran.err)["error"]["facts"]["field"] == "colour"


# ---- errors ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StoreUnavailable(), Exit.TRY_AGAIN),
        (KeyServiceUnavailable(), Exit.TRY_AGAIN),
        (Tampered(), Exit.ALARM),
        (KeyLost(), Exit.ALARM),
        (EpochKeyGone(), Exit.ALARM),
        (LedgerError(), Exit.REFUSED),
    ],
)
def test_an_exit_code_says_what_to_do(error: LedgerError, code: Exit) -> None:
    """Try again, raise an alarm, or correct something."""
    assert console.exit_code(error) == code


def test_a_missing_keyring_is_not_made_anew(run: Run, made: Path) -> None:
    """A disk that is not mounted is not an erasure: nothing is made in its place."""
    keyring = Settings().keyring_path
    keyring.rename(keyring.with_suffix(".away"))
    ran = run("settings", "token", "--permission", "audit:read")
    assert ran.code == Exit.TRY_AGAIN
    assert "LEDGER_KEYRING" in ran.err
    assert not keyring.exists()
    assert run("migrate").code == Exit.OK  # the tables are as they should be
    assert not keyring.exists()


def test_a_mistake_of_ours_shows_no_value_and_no_traceback(
    run: Run, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The panel names the place in our code; the message of the exception is dropped."""

    def broken(*_: object) -> str:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("api.commands.settings.nested", broken)
    ran = run("settings")
    assert ran.code == Exit.REFUSED
    assert "RuntimeError at api/commands/settings.py" in ran.err
    assert SECRET not in ran.err and "Traceback" not in ran.err


def test_a_home_that_cannot_be_made_is_told_plainly(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the system refused, and where; no traceback."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path / "file" / "home"))
    ran = run("migrate")
    assert ran.code == Exit.REFUSED
    assert "Not a directory" in ran.err
    assert "Traceback" not in ran.err and "defect" not in ran.err


def test_what_is_not_understood_is_a_usage_error(run: Run) -> None:
    """Exit code 2, as everywhere."""
    assert run("no-such-command").code == Exit.USAGE
    assert run("project", "--sideways").code == Exit.USAGE
