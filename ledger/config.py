"""Settings, and the only reader of the environment.

Every value comes from an environment variable `LEDGER_…`, or from the TOML file that
`LEDGER_SETTINGS` names (`<home>/settings.toml` if that exists), or is the default here. The
variable wins over the file.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

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
    "policy:write",
]
"""What a token may do; `erasure:execute` and `policy:write` should lie with different people."""


class Token(BaseModel):
    """A bearer token: only its SHA-256 is kept. Facts of who acts: an actor of the register."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    actor: UUID
    permissions: frozenset[Permission]


class Settings(BaseSettings):
    """Where a ledger lives and who may use it. See README, "Settings"."""

    model_config = SettingsConfigDict(env_prefix="LEDGER_", extra="forbid", frozen=True)

    home: Path = Path("ledger-home")
    keyring: Path | None = None
    journal: Path | None = None
    database_url: SecretStr | None = None
    owner_url: SecretStr | None = None
    schema_name: str = Field(default="ledger", alias="LEDGER_SCHEMA", pattern=r"^[a-z][a-z0-9_]{0,47}$")
    key_service: Literal["file"] = "file"
    policy: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8470
    tokens: tuple[Token, ...] = ()

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

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], **sources: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return sources["init_settings"], sources["env_settings"]


def settings_file() -> Path | None:
    """The settings file in use, or none."""
    named = os.environ.get("LEDGER_SETTINGS")
    if named:
        return Path(named)
    found = Path(os.environ.get("LEDGER_HOME", "ledger-home")) / "settings.toml"
    return found if found.exists() else None
