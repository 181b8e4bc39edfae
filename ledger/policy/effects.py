"""What it means to people that a key inside an entry of the policy changes, and which way is wider.

What has no sentence here is told as "was …, is …": nothing is left out (`diff.py`). Entries that
come and go are in `entries.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Direction = Literal["more", "less", "neither"]


class Told(NamedTuple):
    """What it means that there is more of something, or less, or another one; and which of the two
    is wider. For a list: what came (`{what}`), what left. A flag that is set is more.

    `none_is_all`: where nothing is named, all are, or it has no end; else it is nothing. `ranks`: how
    much a word is; one that is not among them is 1.
    """

    more: str = ""
    less: str = ""
    other: str = ""
    wider: Direction = "neither"
    none_is_all: bool = False
    ranks: Mapping[str, int] | None = None


_CLOCK = Told(
    "{name} gives longer: {before} before, {after} now",
    "{name} gives less time: {before} before, {after} now",
    wider="more",
)

FIELDS: dict[tuple[str, str], Told] = {
    ("controllers", "controlled_since"): Told(other="{name} counts as controlled since {after}"),
    ("controllers", "controlled_until"): Told(other="{name} is controlled until {after}"),
    ("services", "deletion"): Told(
        "Deletion in {name} is reviewed by somebody first, and automatic no more",
        "Deletion in {name} is automatic, and reviewed no more",
        wider="more", ranks={"automatic": 0},
    ),
    ("services", "review_days"): Told(
        "A deletion in {name} may be reviewed for {after} days, not {before}",
        "A deletion in {name} is reviewed within {after} days, not {before}", wider="more",
    ),
    ("services", "markets"): Told(
        "{name} is also for {what}", "{name} is for {what} no more", wider="neither",
        none_is_all=True,
    ),
    ("countries", "safeguard"): Told(
        "Data in {name} is now under the safeguard {after}",
        "Data in {name} is under no safeguard any more (it was {before})",
        "The safeguard for {name} was {before}, is {after}", wider="less", ranks={},
    ),
    ("classes", "ends"): Told(
        "{name} has no end of its own any more (it was: {before})",
        "{name} now ends: {after}", wider="more", none_is_all=True,
    ),
    ("classes", "ends.after"): Told(
        "{name} is kept longer: {after}, not {before}",
        "{name} is kept shorter: {after}, not {before}", wider="more",
    ),
    ("classes", "keeps"): Told(
        "{name} is now kept after a deletion: {after}",
        "{name} is kept no more after a deletion", wider="more",
    ),
    ("classes", "keeps.period"): Told(
        "After a deletion {name} is kept longer: {after}, not {before}",
        "After a deletion {name} is kept shorter: {after}, not {before}", wider="more",
    ),
    ("attributes", "class"): Told(other="{name} is kept with {after} now, not with {before}"),
    ("attributes", "special"): Told(
        "{name} counts as a special category", "{name} counts as a special category no more",
        wider="neither",
    ),
    ("attributes", "choices"): Told(
        "{name} may also be {what}", "{name} may be {what} no more", wider="neither"
    ),
    ("sources", "third_party"): Told(
        "{name}: what comes from there comes from somebody else than the person",
        "{name}: what comes from there comes from the person", wider="more",
    ),
    ("sources", "notice_required"): Told(
        "{name}: people are shown a notice first", "{name}: people need to be shown no notice any more",
        wider="less",
    ),
    ("sources", "volunteered"): Told(
        "{name}: what is said there counts as volunteered",
        "{name}: what is said there counts as volunteered no more", wider="more",
    ),
    ("sources", "followed"): Told(
        "{name}: links that are followed are noted", "{name}: links are followed no more", wider="more"
    ),
    ("purposes", "required"): Told(
        "{name} cannot be switched off any more", "{name} can be switched off from now on",
        wider="more",
    ),
    ("purposes", "default"): Told(
        "{name} is on from the beginning", "{name} is off until it is switched on",
        wider="more", ranks={"off": 0},
    ),
    ("purposes", "basis"): Told(
        "{name} rests on {after}, and on consent no more",
        "{name} needs consent (it rested on {before})",
        "{name} rests on {after}, not on {before}", wider="more", ranks={"consent": 0},
    ),
    ("purposes", "classes"): Told("{name} also uses {what}", "{name} uses {what} no more", wider="more"),
    ("purposes", "internal"): Told(
        "What people volunteer may be used for {name}",
        "What people volunteer is used for {name} no more", wider="more",
    ),
    ("purposes", "marketing"): Told(
        "{name} is advertising", "{name} is no advertising any more", wider="more"
    ),
    ("purposes", "ended"): Told(
        "{name} is carried out no more", "{name} is carried out again", wider="less"
    ),
    ("notices", "texts"): Told(
        "The notice {name} has a text in {key}", "The notice {name} has no text in {key} any more",
        "The text of the notice {name} in {key} is another one",
    ),
    ("notices", "purposes"): Told(
        "The notice {name} also tells of {what}", "The notice {name} tells of {what} no more"
    ),
    ("recipients", "kind"): Told(other="{name} is now: {after} (it was: {before})"),
    ("recipients", "purposes"): Told(
        "{name} may use what it gets also for {what}", "{name} may use what it gets for {what} no more",
        wider="more",
    ),
    ("recipients", "attributes"): Told(
        "{name} may also get {what}", "{name} gets {what} no more", wider="more"
    ),
    ("recipients", "countries"): Told(
        "{name} may also have data in {what}", "{name} has data in {what} no more", wider="more"
    ),
    ("recipients", "agreement_required"): Told(
        "{name} needs an agreement", "{name} needs no agreement any more", wider="less"
    ),
    ("recipients", "confidential"): Told(
        "{name} is bound to confidentiality", "{name} is bound to confidentiality no more", wider="less"
    ),
    ("recipients", "standing"): Told(
        "{name} can reach data at any time", "{name} cannot reach data at any time any more",
        wider="more",
    ),
    ("recipients", "sub_processors"): Told(
        "{name} may pass the work on to {what}", "{name} passes the work on to {what} no more",
        wider="more",
    ),
    ("disclosure_grounds", "kinds"): Told(
        "Because “{label}”, data may also go to: {what}",
        "Because “{label}”, data goes no more to: {what}",
        wider="more",
    ),
    ("disclosure_grounds", "consent"): Told(
        "{name} needs the person's consent", "{name} needs the person's consent no more", wider="less"
    ),
    ("disclosure_grounds", "reference"): Told(
        "{name} needs a reference", "{name} needs a reference no more", wider="less"
    ),
    ("disclosure_grounds", "authorised_by"): Told(
        "{name} may also be authorised by: {what}", "{name} is authorised no more by: {what}",
        "{name}: who must authorise it was {before}, is {after}", wider="more", none_is_all=True,
    ),
    ("disclosure_grounds", "one_document"): Told(
        "{name} passes on values of one purchase only", "{name} passes on more than one purchase",
        wider="less",
    ),
    ("disclosure_grounds", "gag"): Told(
        "{name} may be kept from the person for a time", "{name} is never kept from the person any more",
        wider="more",
    ),
    ("disclosure_grounds", "stages"): Told(
        "{name} has another stage: {after}", "{name} has one stage less: {before}"
    ),
    ("retention_grounds", "purposes"): Told(
        "What is kept because “{label}” may also serve {what}",
        "What is kept because “{label}” serves {what} no more", wider="more",
    ),
    ("retention_grounds", "classes"): Told(
        "Because “{label}”, also kept: {what}", "Because “{label}”, kept no more: {what}", wider="more"
    ),
    ("retention_grounds", "period"): Told(
        "Because “{label}”, data is kept longer: {after}, not {before}",
        "Because “{label}”, data is kept shorter: {after}, not {before}",
        wider="more", none_is_all=True,
    ),
    ("retention_rules", "classes"): Told(
        "{name} also keeps {what}", "{name} keeps {what} no more", wider="more"
    ),
    ("retention_rules", "roles"): Told(
        "{name} also keeps data of members who are: {what}", "{name} keeps no data of: {what}",
        "{name}: the members concerned were {before}, are {after}", wider="more", none_is_all=True,
    ),
    ("retention_rules", "keep"): Told(
        "{name} keeps longer: {after}, not {before}", "{name} keeps shorter: {after}, not {before}",
        wider="more", none_is_all=True,
    ),
    ("regimes", "answer"): _CLOCK,
    ("regimes", "extend"): _CLOCK,
    ("regimes", "inform"): _CLOCK,
    ("identifiers", "refuse"): Told(
        "Never stored from now on: {what}", "No longer refused: {what}", wider="less"
    ),
    ("identifiers", "exempt"): Told(
        "Numbers of cards and accounts are not looked for in {what} any more",
        "Numbers of cards and accounts are looked for in {what} again", wider="more",
    ),
    ("unlisted_class", ""): Told(other="What is told and not listed is kept with {after}, not {before}"),
}  # fmt: skip
"""By section and key of an entry."""
