"""The WebUI's API."""
