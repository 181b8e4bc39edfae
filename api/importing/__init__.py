"""Importing a customer export: what a file told is recorded, line by line, once.

lines.py     the file's bytes → lines, or what is wrong with them
mapping.py   the document that says what its columns mean
rows.py      a line → values of attributes, under that mapping and the policy
people.py    whose line it is, and what it says that is new
batch.py     200 lines at a time: decide, append, and try again what lost a race
importer.py  the run: its id, its batches, its result
report.py    the lines that were refused, by number and rule; never a value
"""

from api.importing.importer import run_import
from api.importing.mapping import Mapping, load_mapping
from api.importing.report import SOME_REFUSED, ImportResult, Refusal

__all__ = ["SOME_REFUSED", "ImportResult", "Mapping", "Refusal", "load_mapping", "run_import"]
