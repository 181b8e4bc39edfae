"""Settings: where a value comes from, and what is refused."""

from __future__ import annotations

import hashlib
from pathlib import Path
from uuid import uuid4

import pytest

from ledger.config import LIBRARY_TRAPS, Settings, masked, origins, settings_file, variable
from ledger.errors import UnsafeSettings

TOKEN = f'[[tokens]]\nsha256 = "{"a" * 64}"\nactor = "{uuid4()}"\npermissions = ["audit:read"]\n'


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ledger of the directory the tests are started in, such as the demo's, is read."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file that LEDGER_SETTINGS names."""
    path = tmp_path / "settings.toml"
    monkeypatch.setenv("LEDGER_SETTINGS", str(path))
    path.write_text("")
    return path


def test_without_anything_the_defaults_hold():
    """A ledger in `./ledger-home`, its keyring and journal beside it and not in it."""
    settings = Settings()
    assert settings.database_path == Path("ledger-home/ledger.db")
    assert settings.keyring_path == Path("ledger-home.keyring")
    assert settings.journal_path == Path("ledger-home.journal")
    assert set(origins(settings).values()) == {"default"}


def test_argument_before_environment_before_file(file, monkeypatch):
    """Each value says where it came from."""
    file.write_text('host = "file"\nport = 1\nschema = "from_file"\n')
    monkeypatch.setenv("LEDGER_PORT", "2")
    monkeypatch.setenv("LEDGER_HOME", "/from/environment")
    settings = Settings(home=Path("/given"))
    assert (settings.home, settings.port, settings.host) == (Path("/given"), 2, "file")
    assert settings.schema_name == "from_file"
    found = origins(settings)
    assert (found["home"], found["port"]) == ("argument", "environment")
    assert found["host"] == found["schema_name"] == f"file {file}"
    assert found["policy"] == "default"


def test_a_home_brings_its_own_file(tmp_path, monkeypatch):
    """`settings.toml` in the home is read when no other is named."""
    (tmp_path / "settings.toml").write_text("port = 7")
    assert Settings(home=tmp_path).port == 7
    monkeypatch.setenv("LEDGER_HOME", str(tmp_path))
    assert settings_file() == tmp_path / "settings.toml"
    assert Settings().port == 7


def test_the_schema_has_a_variable_of_its_name(monkeypatch):
    """LEDGER_SCHEMA, although the field is called otherwise."""
    monkeypatch.setenv("LEDGER_SCHEMA", "company_a")
    assert Settings().schema_name == "company_a"
    assert variable("schema_name") == "LEDGER_SCHEMA"


def test_tokens_come_from_the_file(file):
    """With their actor and permissions."""
    file.write_text(TOKEN)
    (token,) = Settings().tokens
    assert token.permissions == {"audit:read"}


def test_tokens_do_not_come_from_the_environment(monkeypatch):
    """The variable is refused with where to put them."""
    monkeypatch.setenv("LEDGER_TOKENS", "[]")
    with pytest.raises(UnsafeSettings, match=r"LEDGER_TOKENS.*file only"):
        Settings()


@pytest.mark.parametrize("trap", LIBRARY_TRAPS)
def test_a_variable_that_would_bypass_the_append_is_refused(trap, monkeypatch):
    """The event-sourcing library would obey it."""
    monkeypatch.setenv(trap, "y")
    with pytest.raises(UnsafeSettings, match=trap):
        Settings()


def test_a_misspelt_variable_is_refused(monkeypatch):
    """A ledger must not start on SQLite because of a letter."""
    monkeypatch.setenv("LEDGER_DATABSE_URL", "postgresql://somebody:hidden@db/x")
    with pytest.raises(UnsafeSettings, match="LEDGER_DATABSE_URL") as raised:
        Settings()
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1\n", "prot in .*no such key"),
        ('port = "many"\n', "port .file"),
        ('schema = "Über"\n', "schema_name .file"),
        ("port = 1\nport = 2\n", "not valid TOML"),
        (TOKEN + 'colour = "red"\n', r"tokens\.0\.colour"),
        (TOKEN.replace("audit:read", "audit:write"), r"tokens\.0\.permissions"),
        (TOKEN.replace("a" * 64, "secret"), r"tokens\.0\.sha256"),
    ],
)
def test_a_file_with_a_fault_is_refused_by_its_key(file, text, says):
    """The key and the rule, never the value."""
    file.write_text(text)
    with pytest.raises(UnsafeSettings, match=says) as raised:
        Settings()
    assert "secret" not in str(raised.value) and "many" not in str(raised.value)


def test_a_wrong_variable_is_refused_by_its_name(monkeypatch):
    """As the user wrote it."""
    monkeypatch.setenv("LEDGER_PORT", "99999")
    with pytest.raises(UnsafeSettings, match=r"LEDGER_PORT \(environment\)"):
        Settings()


def test_a_named_file_that_is_not_there(tmp_path, monkeypatch):
    """It was named, so its absence is no default."""
    monkeypatch.setenv("LEDGER_SETTINGS", str(tmp_path / "none.toml"))
    with pytest.raises(UnsafeSettings, match="LEDGER_SETTINGS"):
        Settings()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://runtime:hidden@db:5432/ledger",
        "postgresql://runtime:hid@den@db/ledger",
        "postgresql://db/ledger?user=runtime&password=hidden",
        "host=db user=runtime password=hidden dbname=ledger",
        "host=db user=runtime password='hid den' dbname=ledger",
        "host=db user=runtime password = hidden",
    ],
)
def test_secrets_are_masked(url, file):
    """What may be printed shows neither a password nor a token's whole digest."""
    file.write_text(TOKEN)
    settings = Settings(database_url=url, owner_url=url)
    for text in (str(masked(settings)), repr(settings), str(origins(settings))):
        assert "hid" not in text and "den" not in text.replace("hidden", "")
    assert "a" * 64 not in str(masked(settings))
    assert "runtime" in masked(settings)["database_url"]


def test_a_token_is_known_by_its_digest_alone(file):
    """What the bearer sends is hashed and compared; the file cannot be used to sign in."""
    digest = hashlib.sha256(b"what the bearer has").hexdigest()
    file.write_text(TOKEN.replace("a" * 64, digest))
    assert Settings().tokens[0].sha256 == digest
