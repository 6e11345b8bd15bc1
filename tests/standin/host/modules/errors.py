"""How the WebUI says that something went wrong, and goes on."""

import sys
import traceback


def report(message, *, exc_info=False):
    """To stderr, the traceback below it."""
    for line in message.splitlines():
        print("***", line, file=sys.stderr)
    if exc_info:
        traceback.print_exc()


def display(e, task, *, full_traceback=False):
    """What broke which task."""
    print(f"{task}: {type(e).__name__}: {e}", file=sys.stderr)
