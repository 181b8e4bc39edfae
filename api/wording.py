"""What a report may say of an erasure, in one place: never more than is known.

Without a journal outside, and with the root of all keys in a file, a restored backup could bring a
key back: so nothing is called beyond recovery here, and nothing that remains is called nameless.
"""

from __future__ import annotations

from projections.keys import KeyState
from projections.orders import HolderOrder, Kind

UNMENTIONED = "Items that the law forbids us to mention, if any, are not included."
COMPLAINT = (
    "You may complain to a data protection supervisory authority, in particular where you live, "
    "work, or see the infringement."
)
RIGHTS = (
    "You may ask us to correct, erase or restrict your data, object to its processing, and take "
    "back any consent at any time."
)

_ORDER_STATUS = {
    "ordered": "ordered, not delivered",
    "notified": "notified, not answered",
    "confirmed": "the holder confirms that it erased the data",
    "refused": "the holder refuses",
    "not-held": "the holder answers that it holds nothing",
    "no-answer": "the holder did not answer: a named gap",
}

_ORDER_ASKS: dict[Kind, str] = {
    "erase": "erase the data",
    "correct": "correct the data",
    "restrict": "restrict processing of the data",
    "use-again": "the restriction has ended",
    "use-no-more": "use the data no more for what consent was withdrawn",
}


def erasure_status(key: KeyState) -> str:
    """What the death of a key is worth now. `key` is its state by the log as far as it was read."""
    if key.dead_position is None:
        return "readable"
    return "key destroyed in this database; a restored backup would undo it"


def order_status(order: HolderOrder) -> str:
    """Where an order to a holder stands."""
    if order.state == "confirmed" and order.kind != "erase":
        return "the holder confirms that it did so"
    return _ORDER_STATUS[order.state]


def order_words(order: HolderOrder) -> dict[str, str]:
    """What a holder is asked to do, and where that stands."""
    return {"asks": _ORDER_ASKS[order.kind], "status": order_status(order)}
