"""What the runtime role may do: the GRANTS that the revisions declare, nothing else.

Of a table what the newest revision that names it says.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.script import ScriptDirectory


def grant(connection: sa.Connection, schema: str, role: str, scripts: ScriptDirectory) -> None:
    """Give the role its rights anew, so that a changed role or a changed grant takes hold.

    `schema` and `role` are quoted names' contents, checked by the caller.
    """
    execute = connection.exec_driver_sql
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    execute(f'GRANT USAGE ON SCHEMA "{schema}" TO {quoted}')
    execute(f'REVOKE ALL ON ALL TABLES IN SCHEMA "{schema}" FROM {quoted}, PUBLIC')
    execute(f'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA "{schema}" FROM PUBLIC')
    execute(f'GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA "{schema}" TO {quoted}')
    granted: dict[str, str] = {}
    for revision in scripts.walk_revisions():  # the newest first
        granted = getattr(revision.module, "GRANTS", {}) | granted
    for table, rights in granted.items():
        execute(f'GRANT {rights} ON "{schema}"."{table}" TO {quoted}')
