"""A batch of cells as one run of the WebUI, each picture with its own prompts and CFG scale."""
