"""The demo: one person's whole life through the ledger, over HTTP.

story.yaml   what is told: people, purposes, recipients, values; all names of a policy are here
plot.py      the form of that document
teller.py    a client of the API for each role
story.py     the life itself, scene by scene: only requests, and what they were answered
panels.py    the scenes, readable
"""
