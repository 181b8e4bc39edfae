"""The commands of `ledger`, one noun a file. `api/cli.py` puts them together."""
