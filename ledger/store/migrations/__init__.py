"""One alembic tree for both databases; the DDL is literal, in `sql/`, one file per dialect."""
