"""Faults for the document checker: every key of a document removed, misspelt, or given another type.

`python -m tests.ledger.policy.faults` injects all of them into both documents and prints the count.
"""

from __future__ import annotations

import copy
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

import yaml

from ledger.errors import PolicyInvalid
from ledger.policy import document, tree

SCHOOL = Path(__file__).parents[2] / "stories" / "school.yaml"
DOCUMENTS = {"school": SCHOOL, "shipped": document.DEFAULT}
DATA = {name: tree.read(file.read_text("utf-8")).data for name, file in DOCUMENTS.items()}

IDS = "*"
OPTIONAL = {
    "policy.year_starts",
    "regimes.*.extend", "regimes.*.volunteered", "regimes.*.keep_logs",
    "documents.*.sha256", "documents.*.tells",
    "controllers.*.primary", "controllers.*.controlled_since", "controllers.*.controlled_until",
    "services.*.covered", "services.*.markets", "services.*.review_days",
    "countries.*.safeguard", "reasons.*.purpose",
    "classes.*.role", "classes.*.scope", "classes.*.identifies", "classes.*.keeps",
    "classes.*.ends", "classes.*.ends.of", "classes.*.instructed", "classes.*.communications",
    "attributes.*.choices", "attributes.*.max_length", "attributes.*.lookup",
    "attributes.*.exclusive", "attributes.*.special",
    "sources.*.volunteered", "sources.*.followed",
    "purposes.*.assessment", "purposes.*.bases", "purposes.*.internal", "purposes.*.marketing",
    "purposes.*.despite_restriction", "purposes.*.ended", "purposes.*.statement",
    "prohibited.*.iri", "notices.*.documents", "notices.*.tells",
    "recipients.*.standing", "recipients.*.confidential", "recipients.*.controller",
    "recipients.*.sub_processors", "recipients.*.answer_days",
    "disclosure_grounds.*.consent", "disclosure_grounds.*.reference",
    "disclosure_grounds.*.authorised_by", "disclosure_grounds.*.one_document",
    "disclosure_grounds.*.gag", "disclosure_grounds.*.gag_review", "disclosure_grounds.*.stages",
    "disclosure_grounds.*.stages.*.after",
    "retention_grounds.*.law", "retention_grounds.*.period", "retention_grounds.*.review",
    "retention_grounds.*.assessment",
    "retention_rules.*.kind", "retention_rules.*.released_by", "retention_rules.*.scope",
    "retention_rules.*.roles", "retention_rules.*.accounts", "retention_rules.*.keep",
    "retention_rules.*.counted_from",
    "identifiers.refuse", "identifiers.exempt",
    "measures.*.iri",
    "sweep.wait_hours", "sweep.keys", "sweep.share", "sweep.clock_seconds", "sweep.shortening_days",
}  # fmt: skip
"""Keys that some entry may go without: they have a plain default, or belong to entries of a kind."""
SINGLE = ("policy", "irregularities", "identifiers", "sweep")
"""Sections whose keys are fields; in all others they are ids."""
INNER = ("texts", "bases", "stages")
"""Fields whose keys are ids again, or languages."""

Path_ = tuple[str, ...]
Kind = Literal["removed", "misspelt", "retyped"]
Outcome = Literal["named", "harmless", "unnamed", "accepted"]


class Fault(NamedTuple):
    """One key of one document, and what is done to it; `value` takes the place of a retyped one."""

    document: str
    path: Path_
    kind: Kind
    value: Any = None

    @property
    def meaning(self) -> str:
        """The path with ids left out: `classes.*.scope`."""
        return meaning(self.path)

    @property
    def is_id(self) -> bool:
        """Whether the key is an id, which may go as long as nothing names it."""
        return self.meaning.endswith(IDS)

    @property
    def may_be_harmless(self) -> bool:
        """Whether the document may be as good without the key."""
        return self.kind == "removed" and (self.is_id or self.meaning in OPTIONAL)


def meaning(path: Path_) -> str:
    """What a key means, whatever the ids on its way."""
    parts = list(path)
    if len(parts) > 1 and parts[0] not in SINGLE:
        parts[1] = IDS
    if len(parts) > 3 and parts[2] in INNER:
        parts[3] = IDS
    return ".".join(parts)


def paths(data: Any, at: Path_ = ()) -> Iterator[Path_]:
    """Every key of the document."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield (*at, key)
            yield from paths(value, (*at, key))


def place(data: Any, path: Path_) -> Any:
    """What holds the key at the end of a path."""
    for part in path[:-1]:
        data = data[part]
    return data


def wrong(was: Any) -> list[Any]:
    """Values of every other type than that of a key's value, as YAML writes them."""
    if isinstance(was, bool):
        return ["many", 7, ["many"], {}]
    if isinstance(was, int):
        return ["many", True, [7], {}]
    if isinstance(was, str):
        return [7, True, [was], {was: was}]
    return [7, "many", True, {"many": 7} if isinstance(was, list) else ["many"]]


def faults(*, every_key: bool, every_type: bool) -> Iterator[Fault]:
    """Of each meaning the first key, or every key; and one other type, or all of them."""
    seen: set[str] = set()
    for name, data in DATA.items():
        for path in paths(data):
            if not every_key and meaning(path) in seen:
                continue
            seen.add(meaning(path))
            yield Fault(name, path, "removed")
            yield Fault(name, path, "misspelt")
            for value in wrong(place(data, path)[path[-1]])[: None if every_type else 1]:
                yield Fault(name, path, "retyped", value)


def text(fault: Fault) -> str:
    """The document with this fault in it."""
    return written(faulty(fault))


def faulty(fault: Fault) -> Any:
    """The same, as plain data."""
    data = copy.deepcopy(DATA[fault.document])
    holder, key = place(data, fault.path), fault.path[-1]
    if fault.kind == "removed":
        del holder[key]
    elif fault.kind == "retyped":
        holder[key] = fault.value
    else:
        renamed = {(f"{one}_" if one == key else one): value for one, value in holder.items()}
        holder.clear()
        holder.update(renamed)
    return data


class Dumper(yaml.CSafeDumper):
    """Writes out whatever stands in two places: the reader knows no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(data: Any) -> str:
    """As YAML, each key on a line of its own."""
    return yaml.dump(data, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=100_000)


def names(fault: Fault, error: PolicyInvalid) -> bool:
    """Whether the first thing that the author is told points at the key.

    At the key itself; for a removed one also where it is missed: a field by what goes with it, and
    then the field is in the sentence; an id by whatever names it, or needs one of its section.
    """
    key, own = error.facts["key"], ".".join(fault.path)
    holder = ".".join(fault.path[:-1])
    if fault.kind == "misspelt":
        return key in (own, f"{own}_")
    if key == own:
        return True
    if fault.kind == "retyped" and own == key.rpartition(".")[0]:
        return True  # inside what has taken its place
    if fault.kind != "removed":
        return False
    said = f"{key} {error.facts['rule']} {error.facts['remedy']}"
    one_of_them = fault.path[-2].removesuffix("s").replace("_", " ") if fault.is_id else "\0"
    return fault.path[-1] in said or (fault.is_id and key == holder) or one_of_them in said


def outcome(fault: Fault, candidate: str) -> tuple[Outcome, PolicyInvalid | None]:
    """What the checker makes of the text with a fault in it, and the error if there is one."""
    try:
        document.load(candidate)
    except PolicyInvalid as error:
        return ("named" if names(fault, error) else "unnamed"), error
    return ("harmless" if fault.may_be_harmless else "accepted"), None


def main() -> int:
    """Inject everything, and say what came of it."""
    count: Counter[tuple[str, str]] = Counter()
    for fault in faults(every_key=True, every_type=True):
        came, error = outcome(fault, text(fault))
        count[fault.kind, came] += 1
        if came in ("unnamed", "accepted"):
            told = error.sentence if error else "accepted"
            sys.stderr.write(f"{fault.kind} {fault.document}:{'.'.join(fault.path)}: {told}\n")
    total = Counter[str]()
    for (kind, came), number in sorted(count.items()):
        total[came] += number
        print(f"{kind:9} {came:9} {number:6}")
    print(f"{sum(total.values())} faults: {total['named']} refused by an error that names the key,")
    print(f"{total['harmless']} harmless (a key with a default, or an id that nothing names).")
    return 1 if total["unnamed"] or total["accepted"] else 0


if __name__ == "__main__":
    sys.exit(main())
