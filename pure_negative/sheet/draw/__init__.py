"""A sheet as pictures and as an HTML page, drawn from its cells."""
