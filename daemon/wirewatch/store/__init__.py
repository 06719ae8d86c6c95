"""The database and nothing else holds state: SQLite by default, PostgreSQL by its URL, with the same code.

Functions here take a connection and compose in one transaction; `writer.py` gives them theirs, `Database.read()` the
readers'. They decide nothing: what is stored was planned in `core/`.
"""
