"""The judging page and the server behind it."""
