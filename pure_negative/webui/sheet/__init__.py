"""The sheet in the WebUI's Script list."""
