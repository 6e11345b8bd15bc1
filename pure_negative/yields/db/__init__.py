"""The file of judgements (SQLite)."""
