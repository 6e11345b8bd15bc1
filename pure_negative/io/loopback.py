"""The address that servers of ours listen on: this machine alone reaches it."""

from __future__ import annotations

from pure_negative.errors import PureNegativeError
from pure_negative.io import os_errors

ADDRESS = "127.0.0.1"


def refused(port: int, error: OSError) -> PureNegativeError:
    """Why nothing can listen on the port."""
    return PureNegativeError(f"--port: {port} can't be used: {os_errors.reason(error)}; give another.")
