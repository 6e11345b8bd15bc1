"""The one exception every room raises for input it cannot accept."""

from __future__ import annotations


class PureNegativeError(ValueError):
    """Bad input or an impossible request, told in one sentence.

    The text says what was wrong, where, and what is allowed. Hosts show it to the user as it stands: the command line
    on stderr with exit code 2, the WebUI in the gallery text and in the API's answer.
    """


class OutOfMemory(PureNegativeError):  # noqa: N818 - it says what happened, to users too
    """A batch needs more memory than there is; a smaller one may pass."""
