"""The only room that imports the WebUI's `modules`: hooks, paste, axes, routes and settings."""
