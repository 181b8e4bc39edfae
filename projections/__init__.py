"""The read side: folds events into tables that hold ciphertext, and answers questions from them.

One noun a file: its tables, a handler per event, its queries. A query takes the connection of
`Engine.reading()` first, so that several questions are answered at one position.
"""
