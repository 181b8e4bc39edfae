"""Settings, and the only reader of the environment.

Every value comes from an environment variable `LEDGER_…`, or from the TOML file that
`LEDGER_SETTINGS` names (`<home>/settings.toml` if that exists), or is the default here. What the
caller passes wins over the variable, and the variable over the file. In the file a key is the
variable's name without `LEDGER_`, in lower case; tokens are given in the file only.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, SecretStr, ValidationError

from ledger.errors import UnsafeSettings

Permission = Literal[
    "subject:read",
    "subject:write",
    "consent:write",
    "disclosure:write",
    "processing:run",
    "claim:write",
    "erasure:execute",
    "audit:read",
    "register:write",
    "account:write",
    "policy:write",
    "metrics:read",
]
"""What a token may do; `erasure:execute` and `policy:write` should lie with different people."""

KEYS = {"schema_name": "schema"}
"""Fields whose key in file and environment is not their name (`schema` is taken by the model)."""
FILE_ONLY = frozenset({"tokens"})
LIBRARY_TRAPS = (
    "POSTGRES_ENABLE_DB_FUNCTIONS",
    "PERSISTENCE_MODULE",
    "AGGREGATE_RECORDER_TOPIC",
    "APPLICATION_RECORDER_TOPIC",
    "PROCESS_RECORDER_TOPIC",
    "MAPPER_TOPIC",
    "TRANSCODER_TOPIC",
    "CIPHER_TOPIC",
    "COMPRESSOR_TOPIC",
)
"""Variables by which the event-sourcing library would replace our append or our format."""


class Token(BaseModel):
    """A bearer token: only its SHA-256 is kept. Facts of who acts: an actor of the register."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    actor: UUID
    permissions: frozenset[Permission]


class Settings(BaseModel):
    """Where a ledger lives and who may use it. See README, "Settings"."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    home: Path = Path("ledger-home")
    keyring: Path | None = None
    journal: Path | None = None
    database_url: SecretStr | None = None
    owner_url: SecretStr | None = None
    schema_name: str = Field(default="ledger", pattern=r"^[a-z][a-z0-9_]{0,47}$")
    key_service: Literal["file"] = "file"
    policy: Path | None = None
    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65535)
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    tokens: tuple[Token, ...] = ()

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    def __init__(self, **given: Any) -> None:
        """Merge what is given, the environment and the settings file.

        Raises:
            UnsafeSettings: a key is unknown or misplaced, a value is malformed (it is not shown), or
                a variable would let the event-sourcing library bypass the append.
        """
        environment = _environment()
        file, values = _file(given.get("home", environment.get("home")))
        origins = dict.fromkeys(type(self).model_fields, "default")
        origins |= dict.fromkeys(values, f"file {file}")
        origins |= dict.fromkeys(environment, "environment")
        origins |= dict.fromkeys(given, "argument")
        try:
            super().__init__(**{**values, **environment, **given})
        except ValidationError as error:
            raise _refusal(error, origins) from None
        self._origins.update(origins)

    @property
    def keyring_path(self) -> Path:
        return self.keyring or self.home.with_name(self.home.name + ".keyring")

    @property
    def journal_path(self) -> Path:
        return self.journal or self.home.with_name(self.home.name + ".journal")

    @property
    def database_path(self) -> Path:
        """The embedded database; used when no `database_url` is set."""
        return self.home / "ledger.db"


def origins(settings: Settings) -> dict[str, str]:
    """Where each value came from: `argument`, `environment`, `file PATH` or `default`."""
    return dict(settings._origins)


def masked(settings: Settings) -> dict[str, str]:
    """Each value as it may be printed: no password, of a token only its first characters."""
    shown = {name: str(getattr(settings, name) or "") for name in type(settings).model_fields}
    for name in ("database_url", "owner_url"):
        secret = getattr(settings, name)
        shown[name] = _without_password(secret.get_secret_value()) if secret else ""
    shown["tokens"] = ", ".join(f"{token.sha256[:8]}… {token.actor}" for token in settings.tokens)
    return shown


def variable(name: str) -> str:
    """The environment variable of a field."""
    return f"LEDGER_{KEYS.get(name, name).upper()}"


def settings_file(home: Path | str | None = None) -> Path | None:
    """The settings file in use, or none. `home` is where to look when none is named."""
    named = os.environ.get("LEDGER_SETTINGS")
    if named:
        return Path(named)
    found = Path(home or os.environ.get("LEDGER_HOME") or "ledger-home") / "settings.toml"
    return found if found.exists() else None


def _environment() -> dict[str, str]:
    """The fields that variables set; an unknown `LEDGER_…` is a misspelling and refused."""
    for trap in LIBRARY_TRAPS:
        if os.environ.get(trap):
            why = "it would bypass the ledger's own append; unset it"
            raise UnsafeSettings(setting=trap, why=why)
    fields = {variable(name): name for name in Settings.model_fields}
    found: dict[str, str] = {}
    for key, value in os.environ.items():
        if (
            not key.startswith("LEDGER_")
            or key == "LEDGER_SETTINGS"
            or key.startswith("LEDGER_TEST_")
        ):
            continue
        if key not in fields:
            raise UnsafeSettings(setting=key, why="there is no such setting; correct or unset it")
        if fields[key] in FILE_ONLY:
            why = "it is read from the settings file only; move it there"
            raise UnsafeSettings(setting=key, why=why)
        if value:
            found[fields[key]] = value
    return found


def _file(home: Path | str | None) -> tuple[Path | None, dict[str, Any]]:
    """The settings file and its values by field."""
    path = settings_file(home)
    if path is None:
        return None, {}
    try:
        keys: Mapping[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise UnsafeSettings(setting="LEDGER_SETTINGS", why=f"cannot read {path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnsafeSettings(setting=path, why="it is not valid TOML") from error
    fields = {KEYS.get(name, name): name for name in Settings.model_fields}
    for key in keys:
        if key not in fields:
            raise UnsafeSettings(setting=f"{key} in {path}", why="there is no such key; correct it")
    return path, {fields[key]: value for key, value in keys.items()}


def _refusal(error: ValidationError, origins: Mapping[str, str]) -> UnsafeSettings:
    """The first thing wrong, by key and rule, without the value: it may be a secret."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = [str(part) for part in first["loc"]]
    name, path = place[0], ".".join(place)
    origin = origins.get(name, "argument")
    key = variable(name) if origin == "environment" else path
    return UnsafeSettings(setting=f"{key} ({origin})", why=first["msg"])


def _without_password(address: str) -> str:
    """A database address without its password: `user:password@` or `password=…` (a keyword too)."""
    address = re.sub(r"(?<=://)([^:/@]*):.*@", r"\1:***@", address)
    return re.sub(r"(password\s*=\s*)('[^']*'|[^\s&]+)", r"\1***", address)
