"""How fast the ledger is, against what the same machine can do at most.

Every benchmark is a function `run(place, size, repeats) -> list[Goal]` in a file of its own. It works
in a fresh ledger (`places.py`), interleaves the product with its ceiling (`measure.py`), and answers
with ratios: medians of seconds move with whatever else the machine does, ratios of one run hold.
Ceilings are measured with the bare driver, cipher or library, without our own code in between.
"""
