"""The rules of the house, executed: who may import what, who may touch what, how large things are.

Reads the syntax trees of the packages; nothing is imported.
"""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("ledger", "projections", "api")
TOP_LEVEL = {
    "ledger",
    "projections",
    "api",
    "tests",
    "docs",
    "pyproject.toml",
    "docker-compose.yml",
    "README.md",
}

LAYERS = {
    # part: what it may import of the ledger package, by prefix; a part may always import itself
    "ledger/errors": (),
    "ledger/config": ("ledger.errors",),
    "ledger/sealing": ("ledger.errors",),
    "ledger/events": ("ledger.sealing",),
    "ledger/store/append": (),
    "ledger/vault": ("ledger.sealing", "ledger.errors", "ledger.config", "ledger.store.append"),
    "ledger/store": ("ledger.vault", "ledger.sealing", "ledger.errors", "ledger.config"),
    "ledger/form": ("ledger.events", "ledger.sealing"),
    "ledger/mapper": (
        "ledger.events",
        "ledger.form",
        "ledger.sealing",
        "ledger.errors",
        "ledger.store.append",
    ),
    "ledger/stream": ("ledger.events",),
    "ledger/facts": ("ledger.events",),
    "ledger/policy": ("ledger.events", "ledger.errors", "ledger.stream", "ledger.facts"),
    "ledger/ending": ("ledger.events", "ledger.stream", "ledger.facts"),
    "ledger/life": ("ledger.events", "ledger.stream", "ledger.facts", "ledger.ending"),
    "ledger/subject": ("ledger.events", "ledger.facts", "ledger.life"),
    "ledger/actor": ("ledger.events", "ledger.stream", "ledger.policy", "ledger.errors"),
    "ledger/recipient": ("ledger.events", "ledger.stream", "ledger.policy", "ledger.errors"),
    "ledger/account": (
        "ledger.events",
        "ledger.stream",
        "ledger.facts",
        "ledger.policy",
        "ledger.errors",
    ),
    "ledger/run": ("ledger.events", "ledger.stream", "ledger.policy", "ledger.errors"),
}
"""Parts that are not named here (application, runner, desk, commands …) may import all of ledger."""

ONLY_IN = {
    "psycopg": ("ledger/store/", "ledger/vault/", "projections/database.py", "api/bench/"),
    "psycopg_pool": ("ledger/store/", "ledger/vault/"),
    "sqlite3": ("ledger/store/", "ledger/vault/", "projections/database.py", "api/bench/"),
    "sqlalchemy": ("projections/", "ledger/vault/", "ledger/store/migrations/"),
    "alembic": ("ledger/store/",),
    "fastapi": ("api/",),
    "starlette": ("api/",),
    "uvicorn": ("api/",),
    "typer": ("api/",),
    "rich": ("api/",),
    "cryptography": ("ledger/sealing.py", "ledger/vault/", "api/bench/"),
    "hmac": ("ledger/sealing.py", "ledger/vault/", "api/"),
}
"""api/bench measures ceilings: driver and cipher alone, without any code of ours in between."""
RULES = ("ledger/policy/", "ledger/subject.py", "ledger/stream.py", "ledger/actor.py")
RULES += ("ledger/life.py", "ledger/ending.py", "ledger/facts.py", "ledger/account.py")
RULES += ("ledger/recipient.py", "ledger/run.py", "ledger/events.py")
"""Where no clock is read and nothing random is drawn: rules are pure."""
LONG_FILES = {
    "ledger/events.py": "the vocabulary is one file, read first",
    "ledger/policy/rules.py": "the rules by name are one list, read as one",
    "ledger/sealing.py": "one reader checks all the cryptography in one place",
}
"""Files over 300 lines, each with its reason."""
LONG_FUNCTIONS: dict[str, str] = {}
"""Functions of over 40 lines (docstring not counted), each with its reason."""


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


TREES = dict(sources())


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module a file imports, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part_of(path: str) -> str | None:
    """The entry of LAYERS that speaks for a file: the longest that fits."""
    fits = [part for part in LAYERS if path == f"{part}.py" or path.startswith(f"{part}/")]
    return max(fits, key=len, default=None)


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def test_imports_run_one_way_between_the_packages() -> None:
    """api → projections → ledger, and never back."""
    for path, tree in TREES.items():
        package = path.split("/")[0]
        forbidden = {"ledger": ("projections", "api"), "projections": ("api",), "api": ()}[package]
        wrong = [name for name in imports(tree) if within(name, forbidden)]
        assert not wrong, f"{path} imports {wrong}"


def test_imports_run_one_way_inside_the_ledger() -> None:
    """Each part imports what the house allows it."""
    for path, tree in TREES.items():
        part = part_of(path)
        if part is None:
            continue
        own = part.replace("/", ".")
        for name in imports(tree):
            if not within(name, ("ledger",)) or name == "ledger" or within(name, (own,)):
                continue
            allowed = within(name, LAYERS[part]) or any(p.startswith(name) for p in LAYERS[part])
            assert allowed, f"{path} imports {name}"


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_used_where_it_belongs(library: str) -> None:
    """Drivers in the store, ciphers in the vault, HTTP in the face."""
    for path, tree in TREES.items():
        if any(path.startswith(place) for place in ONLY_IN[library]):
            continue
        wrong = [name for name in imports(tree) if within(name, (library,))]
        assert not wrong, f"{path} imports {wrong}"


def test_only_config_reads_the_environment() -> None:
    """No other file looks at os.environ."""
    for path, tree in TREES.items():
        names = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
        names |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
        if path != "ledger/config.py":
            assert not names & {"environ", "getenv", "environb"}, path


def test_rules_read_no_clock_and_draw_nothing_random() -> None:
    """now() comes in from outside; ids are minted by the command, not by a rule."""
    clocks = {"now", "utcnow", "today", "time", "monotonic", "time_ns", "perf_counter"}
    for path, tree in TREES.items():
        if not path.startswith(RULES):
            continue
        called = [
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
        ]
        assert not set(called) & (clocks | {"uuid4", "urandom", "token_bytes"}), path


def test_open_value_has_one_caller() -> None:
    """Sealed values are opened in one place, which fetches the key row and the death."""
    users = [p for p, tree in TREES.items() if "ledger.sealing.open_value" in set(imports(tree))]
    assert users == ["ledger/vault/opening.py"]


def test_files_and_functions_are_small() -> None:
    """Files of 300 lines, functions of 40 at most; a longer one has a reason here."""
    files, functions = set(), set()
    for path, tree in TREES.items():
        if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > 300:
            files.add(path)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
                if lines > 40:
                    functions.add(f"{path}:{node.name}")
    assert files == set(LONG_FILES)
    assert functions == set(LONG_FUNCTIONS)


def test_public_things_say_what_they_are() -> None:
    """Every module, public class and public function has a docstring.

    Not the handlers of projections, named by the event they handle, nor a migration's entry points.
    """
    silent = []
    for path, tree in TREES.items():
        if "/migrations/" in path:
            continue
        if not ast.get_docstring(tree) and (ROOT / path).read_text().strip():
            silent.append(path)
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            handler = any(
                "projection." in ast.unparse(d) for d in getattr(node, "decorator_list", ())
            )
            if handler or not public or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                silent.append(f"{path}:{node.name}")
    assert not silent


def test_the_top_level_is_as_its_owner_asked() -> None:
    """Packages, tests, documents, three files and dotfiles: nothing else is committed."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    top = {name.split("/")[0] for name in listed if name}
    assert {name for name in top if not name.startswith(".")} <= TOP_LEVEL
    assert {name.split("/")[1] for name in listed if name.startswith("docs/")} <= {"decisions"}


def test_no_file_names_a_package_index() -> None:
    """Whoever builds this chooses where packages come from."""
    listed = subprocess.run(
        ["git", "grep", "-lIE", r"(index-url|find-links|pypi\.org/simple|files\.pythonhosted)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert set(listed) <= {"tests/test_architecture.py"}
    assert not re.search(
        r"^uv\.lock$",
        subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout,
        re.M,
    )


def test_a_limit_is_part_of_the_text_of_its_statement() -> None:
    """`at_most(…)`, or none: one that PostgreSQL does not see when it plans counts as a tenth of
    the table, and a page then costs as much as that."""
    hidden = [
        f"{path}:{node.lineno}"
        for path, tree in TREES.items()
        if path.startswith("projections/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        if node.func.attr == "limit"
        if not re.match(r"at_most\(|None$|None if", ast.unparse(node.args[0]))
    ]
    assert not hidden
