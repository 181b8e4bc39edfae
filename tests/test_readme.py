"""README: what it shows is run, what it claims is looked for, what it names exists."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
import typer.main
import yaml

from api import cli
from api.commands.console import Exit
from api.demo import local, plot
from api.main import build
from api.tls import tls_of
from ledger.config import FILE_ONLY, Permission, Settings, variable
from ledger.genesis import create
from tests import canaries

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
TESTS_COMMAND = "uv run pytest\n"

CURL = """
import argparse, sys, urllib.error, urllib.request
words = argparse.ArgumentParser()
for flag in ("silent", "show-error", "fail"):
    words.add_argument(f"--{flag}", action="store_true")
words.add_argument("--request", default="GET")
words.add_argument("--header", action="append", default=[])
words.add_argument("--data")
words.add_argument("--dump-header")
words.add_argument("url")
given = words.parse_args()
url = given.url if "//" in given.url else f"http://{given.url}"
asked = urllib.request.Request(url, given.data and given.data.encode(), method=given.request)
for header in given.header:
    asked.add_header(*header.split(": ", 1))
try:
    answer = urllib.request.urlopen(asked)
except urllib.error.HTTPError as error:
    answer = error
except OSError:
    sys.exit(7)
if given.dump_header:
    with open(given.dump_header, "w") as file:
        file.writelines(f"{name.lower()}: {value}\\r\\n" for name, value in answer.headers.items())
if given.fail and answer.status >= 400:
    sys.exit(22)
sys.stdout.write(answer.read().decode())
"""
"""As much of curl as README needs, where there is none."""


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def section(title: str) -> str:
    """The text below a heading, up to the next of the same depth."""
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


class Shown(NamedTuple):
    """What running README's commands in an empty directory came to."""

    place: Path
    output: str
    values: list[str]


def script(port: int) -> str:
    """All commands README shows, in order; each command's output is set apart by a line."""
    shown = [block for block in blocks("sh") if block != TESTS_COMMAND]
    wait = f"until curl --silent --fail 127.0.0.1:{port}/readyz; do sleep 0.1; done\n"
    parts = []
    for number, block in enumerate(shown):
        parts.append(f"echo '#### {number}'\n{block.replace(':8470', f':{port}')}")
        if "ledger serve &" in block:
            parts.append(f"SERVER=$!\ntrap 'kill $SERVER' EXIT\n{wait}")
    return "set -euo pipefail\n" + "\n".join(parts)


def stand_in(directory: Path, name: str, text: str) -> None:
    """A command that does what README relies on, without a network."""
    path = directory / name
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """README's commands, run as they stand; `uv run X` is X of the environment under test."""
    place, tools = tmp_path_factory.mktemp("readme"), tmp_path_factory.mktemp("tools")
    stand_in(tools, "pip", "#!/bin/sh\n")
    stand_in(tools, "uv", '#!/bin/sh\ntest "$1" = run && shift && exec "$@"\n')
    stand_in(tools, "ledger", f'#!/bin/sh\nexec {sys.executable} -m api "$@"\n')
    if shutil.which("curl") is None:
        stand_in(tools, "curl", f"#!{sys.executable}\n{CURL}")
    (place / "api").symlink_to(ROOT / "api")
    port = local.free_port()
    kept = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    path = f"{tools}:{os.environ['PATH']}"
    python = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
    process = subprocess.Popen(
        ["bash", "-c", script(port)],
        cwd=place,
        env=kept | {"PATH": path, "PYTHONPATH": python, "LEDGER_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        output, _ = process.communicate(timeout=240)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, output
    return Shown(place, output, plot.load().values)


def answers(shown: Shown) -> list[dict[str, object]]:
    """The JSON answers of the API, in order."""
    found = [line for line in shown.output.splitlines() if line.startswith(("{", "["))]
    return [json.loads(line) for line in found if '"status":"ready"' not in line]


def masked(text: str) -> set[str]:
    """Lines without frame and spacing, and without what differs from run to run."""
    text = re.sub(r"[0-9a-f]{8}…", "ID", re.sub(r"\d", "#", re.sub(r"[0-9a-f]{8}…", "ID", text)))
    return {" ".join(line.strip("│╭╮╰╯─ ").split()) for line in text.splitlines()}


# ---- what it shows -----------------------------------------------------------------------------


def test_the_demo_prints_what_is_shown(shown: Shown) -> None:
    """Every line of the example output is printed by a real run, but for numbers and dates."""
    examples = [block for block in blocks("text") if "╭─" in block]
    assert len(examples) == 3
    printed = masked(shown.output)
    assert [line for block in examples for line in masked(block) if line not in printed] == []


def test_the_demo_is_quick_and_leaves_a_ledger(shown: Shown) -> None:
    """Well under a minute; home and keyring are where README says, and private."""
    seconds = re.search(r"All of this took ([\d.]+) seconds", shown.output)
    assert seconds and float(seconds[1]) < 60
    assert (shown.place / "ledger-home" / "ledger.db").exists()
    assert (shown.place / "ledger-home.keyring").stat().st_mode & 0o077 == 0
    assert (shown.place / "ledger-home" / "settings.toml").stat().st_mode & 0o077 == 0


def test_the_tour_answers_as_it_says(shown: Shown) -> None:
    """Registered, collected, agreed, refused by a rule, opened on record, erased in three parts."""
    told = answers(shown)
    registered, collected, agreed, refused, closed, opened, looked, plan, erased, report = told[:10]
    after, history = told[10:12]
    assert [one["outcome"] for one in (registered, collected, agreed)] == ["recorded"] * 3
    assert [rule["rule"] for rule in refused["rules"]] == ["notice-missing"]
    assert {item["value"] for item in closed["items"]} == {None}
    assert {item["value"] for item in opened["items"]} == {"Ada Example", "ada@example.org"}
    assert [look["reason"] for look in looked["items"]] == ["answer-customer"]
    assert {slot["action"] for slot in plan} == {"erase"}
    assert [slot["retention_class"] for slot in erased["erased_here"]] == ["contact-data"]
    assert {"erased_here", "ordered_elsewhere", "retained"} <= set(report)
    assert all(item["value"] is None and item["erased"] for item in after["items"])
    assert "data-erased" in [act["topic"] for act in history["items"]]


def test_every_answer_that_is_shown_was_given(shown: Shown) -> None:
    """Each example is part of an answer of this run, in this order."""
    given = iter(answers(shown))
    examples = [json.loads(block) for block in blocks("json")]
    assert len(examples) == 3
    for example in examples:
        assert any(within(example, answer) for answer in given), example


def within(part: object, whole: object) -> bool:
    """Whether all that an example says is in the answer, too."""
    if isinstance(part, dict):
        if not isinstance(whole, dict):
            return False
        return all(key in whole and within(value, whole[key]) for key, value in part.items())
    if isinstance(part, list):
        if not isinstance(whole, list) or len(part) != len(whole):
            return False
        return all(within(one, other) for one, other in zip(part, whole, strict=True))
    return part == whole


def test_data_is_passed_on_by_rule_or_irregular(shown: Shown) -> None:
    """Asked for, it is refused item by item; told, it is stored with what it broke, and somebody
    has to look at it."""
    asked, told, found = answers(shown)[15:18]
    assert {rule["rule"] for rule in asked["rules"]} == {"attribute-not-for-recipient"}
    assert told["outcome"] == "recorded"
    assert [rule["rule"] for rule in told["findings"]] == ["purpose-prohibited"]
    assert found["items"][0]["findings"][0]["rule"] == "purpose-prohibited"
    assert found["items"][0]["owner"]


def test_what_a_fact_keeps_goes_when_it_ends(shown: Shown) -> None:
    """The credit makes the erasure wait for just its keys; settled, nothing of them is left."""
    _, _, before, asked, _, after = answers(shown)[18:24]
    waiting = {slot["retention_class"] for slot in before if slot["action"] == "wait"}
    assert waiting == {"contact-data", "billing-data"}
    assert {slot["retention_class"] for slot in asked["retained"]} >= waiting
    assert [slot["retention_class"] for slot in after] == ["accountability-records"]


def test_what_is_due_and_the_reports_are_printed(shown: Shown) -> None:
    """The irregularity of above is due; nothing is swept in a dry run; the record is a page."""
    assert "Due within 90 days" in shown.output
    assert "irregularity" in shown.output
    assert "Sweep: held-back" in shown.output and "two people have to agree" in shown.output
    assert (shown.place / "records.html").read_text().startswith("<!doctype html>")
    assert "is kept shorter" in shown.output
    assert (shown.place / "policy.schema.json").read_text().startswith("{")


def test_importing_again_is_importing_once(shown: Shown) -> None:
    """The demo imported the file: nobody is registered, and the refused lines are named again."""
    assert re.search(r"registered: 0\n  changed: 0\n", shown.output)
    refused = (shown.place / "refused.csv").read_text()
    assert refused.startswith("line,field,rule,remedy\n")
    assert len(refused.splitlines()) == 26


def test_the_policy_commands_say_valid(shown: Shown) -> None:
    """The shipped document is valid, and so is what the ledger gives back."""
    assert "default.yaml: valid" in shown.output and "next.yaml: valid" in shown.output
    assert (shown.place / "policy.yaml").read_text() == (
        ROOT / "ledger" / "policy" / "default.yaml"
    ).read_text()


def test_no_file_of_the_demo_holds_a_value(shown: Shown) -> None:
    """Database, settings, keyring, reports: none of the story's or the sample's values."""
    export = (ROOT / "api" / "demo" / "customers.csv").read_text("utf-8", "replace")
    mails = [mail for mail in re.findall(r"[\w.]+@[\w.]+", export) if len(mail) > 15][:40]
    told = ["Ada Example", "ada@example.org", "Grace Example", "grace@example.org"]
    told += ["1 Example Street", "4111 1111 1111 1111", "4111111111111111"]
    looked_for = canaries.patterns([*shown.values, *mails, *told])
    places = [shown.place / name for name in ("ledger-home", "ledger-home.keyring", "refused.csv")]
    assert canaries.found(looked_for, canaries.files_below(*places)) == []


# ---- what it names -----------------------------------------------------------------------------


def test_the_two_commands_come_first() -> None:
    """Shown before anything else, and `ledger` is a script of the project."""
    assert blocks("sh")[:2] == ["pip install uv && uv run ledger demo\n", TESTS_COMMAND]
    assert 'ledger = "api.__main__:main"' in (ROOT / "pyproject.toml").read_text()


def test_every_setting_is_listed_and_exists() -> None:
    """The table names each variable, and nothing that is none."""
    listed = set(re.findall(r"^\| `(LEDGER_\w+)`", section("Settings"), re.MULTILINE))
    assert listed == {variable(name) for name in Settings.model_fields if name not in FILE_ONLY}
    named = set(re.findall(r"LEDGER_[A-Z_]+\w", README))
    assert named - listed == {"LEDGER_SETTINGS", "LEDGER_TEST_POSTGRES_URL", "LEDGER_TEST_SCALE"}


def test_defaults_are_as_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Host, port and schema; the keyring and the journal beside the home."""
    monkeypatch.chdir(tmp_path)  # the demo may have left a settings file where the tests start
    settings, table = Settings(), section("Settings")
    for name in ("host", "port", "schema_name", "key_service"):
        assert f"| `{variable(name)}` | `{getattr(settings, name)}` |" in table
    assert settings.keyring_path.name == "ledger-home.keyring"
    assert settings.journal_path.name == "ledger-home.journal"


def test_every_command_is_listed_and_exists() -> None:
    """The table names each command, its options and its parts."""
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    table = section("Command line")
    assert set(re.findall(r"^\| `ledger ([\w-]+)`", table, re.MULTILINE)) == set(commands)
    assert set(re.findall(r"ledger ([a-z]+)", " ".join(blocks("sh")))) <= set(commands)
    for group in ("policy", "settings"):
        parts = set(commands[group].commands)
        row = next(line for line in table.splitlines() if line.startswith(f"| `ledger {group}`"))
        assert parts and parts <= set(re.findall(r"`(\w+)`", row))
    options = {option for p in commands["project"].params for option in p.opts}
    row = next(line for line in table.splitlines() if line.startswith("| `ledger project`"))
    assert set(re.findall(r"`(--\w+)`", row)) <= options


def test_exit_codes_are_listed() -> None:
    """Each code, in order."""
    listed = re.findall(r"^\| (\d) \|", section("Command line"), re.MULTILINE)
    assert [int(code) for code in listed] == [code.value for code in Exit]


def test_permissions_that_are_shown_exist() -> None:
    """A token is asked for in words the settings know."""
    named = set(re.findall(r"--permission ([\w:]+)", README))
    assert named <= set(get_args(Permission))


def test_every_route_that_is_named_exists(tmp_path: Path) -> None:
    """Method and path, as the API's own description says them."""
    settings = Settings(home=tmp_path / "home")
    create(settings)
    app = build(settings)
    paths = app.openapi()["paths"]
    app.state.house.ledger.close()
    routes = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, methods in paths.items()
        for method in methods
    }
    named = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/v1[^`?\s]*)`", README)
    assert len(named) > 30
    wanted = {(method, re.sub(r"\{\w+\}", "{}", path)) for method, path in named}
    assert wanted - routes == set()


# ---- production --------------------------------------------------------------------------------


def compose() -> dict[str, dict[str, dict[str, object]]]:
    """The parsed compose file."""
    read: dict[str, dict[str, dict[str, object]]] = yaml.safe_load(
        (ROOT / "docker-compose.yml").read_text()
    )
    return read


def test_compose_runs_commands_that_exist() -> None:
    """migrate first, as the owner; then the API and the projector, each with a health check, and who
    sweeps."""
    services = compose()["services"]
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    assert set(services) == {"postgres", "certificate", "migrate", "api", "sweeper", "projector"}
    for name in ("migrate", "api", "sweeper", "projector"):
        program, word, *options = services[name]["command"]  # type: ignore[misc]
        assert program == "ledger"
        command = commands[word]
        while hasattr(command, "commands"):  # a group: the next word says which
            command = command.commands[options.pop(0)]
        known = {one for given in command.params for one in (*given.opts, *given.secondary_opts)}
        assert {option for option in options if option.startswith("--")} <= known
    for name in ("postgres", "api", "projector"):
        assert "healthcheck" in services[name]
    assert services["projector"]["healthcheck"]["test"][1:] == ["ledger", "project", "--status"]  # type: ignore[index]
    for name in ("api", "sweeper", "projector"):
        depends = services[name]["depends_on"]["migrate"]  # type: ignore[index]
        assert depends == {"condition": "service_completed_successfully"}
    assert services["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}  # type: ignore[index]


def test_compose_holds_no_secret_and_shares_none() -> None:
    """Passwords come from outside, without a default; owner and keyring are not for everybody."""
    text = (ROOT / "docker-compose.yml").read_text()
    assert re.findall(r"\$\{\w+PASSWORD[^?}]*\}|\$\{\w+:-", text) == []
    services = compose()["services"]
    settings = {variable(name) for name in Settings.model_fields}
    for name in ("migrate", "api", "sweeper", "projector"):
        environment = services[name]["environment"]
        assert isinstance(environment, dict) and set(environment) <= settings
        assert ("LEDGER_OWNER_URL" in environment) is (name == "migrate")
        mounted = any("/srv/ledger.keyring" in volume for volume in services[name]["volumes"])  # type: ignore[attr-defined]
        assert mounted is (name != "projector")


def certificate_made_in(place: Path) -> None:
    """Run the compose file's `certificate`, in a directory of ours instead of its volume."""
    shell, flags, text = compose()["services"]["certificate"]["command"]  # type: ignore[misc]
    made = subprocess.run([shell, flags, text], cwd=place, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr


def test_compose_speaks_tls_with_a_certificate_it_makes(tmp_path: Path) -> None:
    """The server takes what the script makes; made once; made anew before it ends."""
    settings = Settings(
        home=tmp_path, tls_certificate=tmp_path / "certificate.pem", tls_key=tmp_path / "key.pem"
    )
    certificate_made_in(tmp_path)
    tls = tls_of(settings)
    assert tls is not None and tls.names == ("localhost", "127.0.0.1")
    assert (tls.until - dt.datetime.now(dt.UTC)).days == 364
    first = (tmp_path / "certificate.pem").read_bytes()
    certificate_made_in(tmp_path)
    assert (tmp_path / "certificate.pem").read_bytes() == first
    made_to_end(tmp_path, days=29, by="data-protection-ledger")
    certificate_made_in(tmp_path)
    again = tls_of(settings)
    assert again is not None and again.until >= tls.until
    assert {path.name for path in tmp_path.iterdir()} == {"certificate.pem", "key.pem"}


def test_compose_leaves_your_own_certificate(tmp_path: Path) -> None:
    """It may end tomorrow: nobody but you replaces it."""
    made_to_end(tmp_path, days=1, by="an authority")
    before = (tmp_path / "certificate.pem").read_bytes()
    certificate_made_in(tmp_path)
    assert (tmp_path / "certificate.pem").read_bytes() == before


def made_to_end(place: Path, days: int, by: str) -> None:
    """A certificate that ends in so many days."""
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    words += ["-nodes", "-days", str(days), "-subj", f"/O={by}/CN=localhost"]
    files = ["-keyout", str(place / "key.pem"), "-out", str(place / "certificate.pem")]
    subprocess.run([*words, *files], check=True, capture_output=True)


def test_compose_sends_nothing_in_the_clear() -> None:
    """The API has certificate and key; the database is on a network that leads nowhere, alone with
    those who ask it; the check of the API's health asks over TLS."""
    read = compose()
    services, networks = read["services"], read["networks"]
    api = services["api"]
    named = {api["environment"][variable(name)] for name in ("tls_certificate", "tls_key")}  # type: ignore[index]
    assert named == {"/srv/tls/certificate.pem", "/srv/tls/key.pem"}
    assert "tls:/srv/tls:ro" in api["volumes"]  # type: ignore[operator]
    assert services["certificate"]["volumes"] == ["tls:/srv/tls"]
    assert services["certificate"]["working_dir"] == "/srv/tls"
    assert networks["inside"] == {"internal": True}
    inside = {name for name, one in services.items() if one.get("networks") == ["inside"]}
    assert inside == {"postgres", "migrate", "sweeper", "projector"}
    assert api["networks"] == ["inside", "outside"]
    assert "ports" not in services["postgres"]
    assert "https://127.0.0.1:8470/readyz" in api["healthcheck"]["test"][-1]  # type: ignore[index]


def test_production_commands_are_those_of_the_compose_file() -> None:
    """README repeats what the file's own head says."""
    head = (ROOT / "docker-compose.yml").read_text().split("\n\nname:")[0]
    shown_lines = [line for block in blocks("yaml") for line in block.splitlines()]
    assert [line for line in shown_lines if line.lstrip("# ") not in head] == []
    assert len(shown_lines) > 8
