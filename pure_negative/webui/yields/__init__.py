"""The yield run in the WebUI's Script list, and its judging page."""
