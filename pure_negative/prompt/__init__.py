"""The text of a prompt: words and their weight, and the way the WebUI reads both."""
