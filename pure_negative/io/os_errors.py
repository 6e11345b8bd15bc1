"""The reason in an OSError, worded to end an error message with."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from pure_negative.errors import PureNegativeError


def reason(error: Exception) -> str:
    """The system's own words, like `No such file or directory`; an error that has none says what it is itself."""
    return str(getattr(error, "strerror", None) or error)


@contextlib.contextmanager
def told(start: str, *also: type[Exception], advice: Callable[[OSError], str] = lambda _: "") -> Iterator[None]:
    """Turn what the system refuses into one sentence: this start, a colon and the system's reason.

    Args:
        start: of the sentence.
        also: what else is such a refusal: a path the system could not even be asked about raises ValueError.
        advice: what can be done about what the system refused, as the end of the sentence.

    Raises:
        PureNegativeError: the system refused.
    """
    refusals: tuple[type[Exception], ...] = (OSError, *also)
    try:
        yield
    except PureNegativeError:
        raise
    except refusals as error:
        end = advice(error) if isinstance(error, OSError) else ""
        raise PureNegativeError(f"{start}: {reason(error)}{end}.") from None
