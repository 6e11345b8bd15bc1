"""Files, single values and texts, as they come in and go out: read, checked, and written whole or not at all."""
