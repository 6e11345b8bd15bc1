"""Safe reading of YAML from strangers: plain maps, lists and texts only, with limits on size and depth.

Every scalar comes out as the text it is written with. YAML's own guesses never apply, so `16:9` is no number of
seconds, `no` is a word and `1e-4` a weight; the reader of a field decides what its text means.
"""

from __future__ import annotations

import re
from typing import Any

from pure_negative.errors import PureNegativeError

LARGEST = 256 * 1024
"""Characters of one document."""
DEEPEST = 8
MOST_NODES = 20_000


def load(text: str, where: str) -> Any:
    """The document as dicts with text keys, lists and texts; None for an empty document.

    Raises:
        PureNegativeError: not YAML, or it holds an anchor, an alias, a tag, a repeated or nested key, several
            documents, or more than the caps allow.
    """
    if len(text) > LARGEST:
        raise PureNegativeError(f"{where}: {len(text)} characters are too many; at most {LARGEST} are allowed.")
    import yaml

    try:
        return _build(iter(_events(text, where)), where)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise PureNegativeError(f"{where}: this is not readable YAML: {_one_line(error)}.") from None
    except RecursionError:
        raise PureNegativeError(f"{where}: nested too deep; at most {DEEPEST} levels are allowed.") from None


def check(text: str, where: str, deepest: int = DEEPEST) -> None:
    """Refuse the form of a document that is to be read otherwise: an anchor, an alias, a tag, or more than the caps.

    Raises:
        PureNegativeError: it has one of them, or is not YAML.
    """
    import yaml

    try:
        _events(text, where, deepest)
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise PureNegativeError(f"{where}: this is not readable YAML: {_one_line(error)}.") from None


def _events(text: str, where: str, deepest: int = DEEPEST) -> list[Any]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml's is 40 times faster, where it is there
    return list(_checked(yaml.parse(text, Loader=loader), where, deepest))


def blocks(text: str, where: str) -> list[tuple[str, str, str]]:
    """The top-level keys of a map in the order written: the key, the comment lines above it, and its own lines.

    Comment lines after the last key come last, without a key. Put together again all of it is the text, whose lines
    must end in `\\n`. None for a text that `load` takes but that is not a block map with its keys at the left edge.
    """
    if re.search("[\\r\\x85\\u2028\\u2029]", text):
        return []
    starts = _key_lines(_events(text, where))
    lines = text.splitlines(keepends=True)
    cuts = [_above(lines, line) for _, line in [*starts, ("", len(lines))]]
    cuts[:1] = [0]
    found = [
        (key, "".join(lines[cut:line]), "".join(lines[line:following]))
        for (key, line), cut, following in zip(starts, cuts, cuts[1:], strict=False)
    ]
    return [*found, ("", "", "".join(lines[cuts[-1] :]))] if found else []


def _above(lines: list[str], line: int) -> int:
    """The first of the comment and blank lines right above a key."""
    while line > 0 and (lines[line - 1].startswith("#") or not lines[line - 1].strip()):
        line -= 1
    return line


def _key_lines(events: list[Any]) -> list[tuple[str, int]]:
    """The top-level keys and the lines they stand in; none where the map is not written a key to a line."""
    import yaml

    found: list[tuple[str, int]] = []
    depth, in_key = 0, True
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            in_key = True
        elif depth == 1 and isinstance(event, yaml.ScalarEvent) and in_key:
            mark: Any = event.start_mark
            if mark.column:
                return []
            found.append((event.value, mark.line))
            in_key = False
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif depth == 1 and isinstance(event, yaml.ScalarEvent):
            in_key = True
    return found


def _one_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    problem = getattr(error, "problem", None) or str(error)
    return " ".join(problem.split())[:200] + place


def _checked(events: Any, where: str, deepest: int) -> Any:
    """The events one by one, refusing what a preset has no use for before anything is built from it."""
    import yaml

    depth = 0
    for count, event in enumerate(events):
        if count > MOST_NODES:
            raise PureNegativeError(f"{where}: too many entries; at most {MOST_NODES} are allowed.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > deepest:
            raise PureNegativeError(f"{where}: nested too deep; at most {deepest} levels are allowed.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise PureNegativeError(f"{where}: anchors and aliases (& and *) are not allowed; write the value out.")
        if getattr(event, "tag", None):
            raise PureNegativeError(f"{where}: the tag {event.tag[:60]!r} is not allowed; write a plain value.")
        yield event


def _build(events: Any, where: str) -> Any:
    import yaml

    documents = [_node(next(events), events, where) for event in events if isinstance(event, yaml.DocumentStartEvent)]
    if len(documents) > 1:
        raise PureNegativeError(f"{where}: {len(documents)} YAML documents; only one is allowed.")
    return documents[0] if documents else None


def _node(event: Any, events: Any, where: str) -> Any:
    import yaml

    if isinstance(event, yaml.ScalarEvent):
        return event.value
    if isinstance(event, yaml.SequenceStartEvent):
        items = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_node(event, events, where))
        return items
    return _mapping(events, where)


def _mapping(events: Any, where: str) -> dict[str, Any]:
    import yaml

    entries: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            raise PureNegativeError(f"{where}: a key must be a plain word.")
        if event.value in entries:
            raise PureNegativeError(f"{where}: the key {event.value[:60]!r} appears twice; keep one.")
        entries[event.value] = _node(next(events), events, where)
    return entries
