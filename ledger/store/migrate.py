"""Creates and updates everything a ledger owns in its database. Workers never do; they check.

On PostgreSQL this runs as the owner (`LEDGER_OWNER_URL`); the role of `LEDGER_DATABASE_URL` gets
what the revisions grant and owns nothing. A crash leaves the old schema: one transaction does all.
"""

from __future__ import annotations

import threading

import psycopg
from alembic import command
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from ledger.config import Settings
from ledger.errors import StoreUnavailable, UnsafeSettings
from ledger.store.revision import alembic_config

_ALEMBIC = threading.Lock()
"""alembic keeps its context in a global; between processes the database's lock holds."""


def migrate(settings: Settings) -> None:
    """Bring the database that the settings name to this version of the ledger.

    Raises:
        UnsafeSettings: no owner is named, or runtime role and owner are one, or the runtime role is
            missing and the owner may not create it (the error says which SQL to run).
        StoreUnavailable: the database does not answer.
    """
    config = alembic_config()
    if settings.database_url is None:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        config.attributes["path"] = str(settings.database_path)
    else:
        config.attributes.update(_as_owner(settings))
    with _ALEMBIC:
        command.upgrade(config, "head")


def _as_owner(settings: Settings) -> dict[str, str]:
    assert settings.database_url is not None
    if settings.owner_url is None:
        why = "migrations run as the owner of the tables, not as the runtime role"
        raise UnsafeSettings(setting="LEDGER_OWNER_URL", why=why)
    owner = settings.owner_url.get_secret_value()
    runtime = conninfo_to_dict(settings.database_url.get_secret_value())
    role, password = runtime.get("user"), runtime.get("password")
    if not role or role == conninfo_to_dict(owner).get("user"):
        why = "it must name a role of its own, which owns nothing"
        raise UnsafeSettings(setting="LEDGER_DATABASE_URL", why=why)
    _ensure_role(owner, str(role), str(password or ""))
    return {"url": owner, "schema": settings.schema_name, "role": str(role)}


def _ensure_role(owner_url: str, role: str, password: str) -> None:
    """Create the runtime role if it is missing; an existing one is left as it is."""
    create = sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role))
    try:
        with psycopg.connect(owner_url, autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                return
            if password:
                verifier = connection.pgconn.encrypt_password(
                    password.encode(), role.encode(), b"scram-sha-256"
                )  # so that the server, and its log, never see the password
                create += sql.SQL(" PASSWORD {}").format(sql.Literal(verifier.decode()))
            connection.execute(create)
    except psycopg.errors.DuplicateObject:  # another migration was faster
        return
    except psycopg.errors.InsufficientPrivilege as error:
        run = f'CREATE ROLE "{role}" LOGIN PASSWORD …'
        why = "the role does not exist and the owner may not create it"
        raise UnsafeSettings(setting="LEDGER_DATABASE_URL", why=why, run=run) from error
    except psycopg.OperationalError as error:
        raise StoreUnavailable(database="LEDGER_OWNER_URL") from error
