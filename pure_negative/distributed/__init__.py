"""Workers beyond this process: engines on other GPUs and machines by Ray, and other WebUIs."""
