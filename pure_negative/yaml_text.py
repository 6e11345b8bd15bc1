"""Safe reading of YAML that strangers wrote: plain maps, lists and texts, nothing that can surprise.

Every scalar comes out as the text it is written with. YAML's own guesses never apply, so `16:9` is no number of
seconds, `no` is a word and `1e-4` a weight; the reader of a field decides what its text means.
"""

from __future__ import annotations

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
        raise PureNegativeError(f"{where}: {len(text)} characters are too many; {LARGEST} are allowed.")
    import yaml

    try:
        events = list(_checked(yaml.parse(text, Loader=yaml.SafeLoader), where))
        return _build(iter(events), where)
    except yaml.YAMLError as error:
        raise PureNegativeError(f"{where}: this is not readable YAML: {_one_line(error)}.") from None
    except RecursionError:
        raise PureNegativeError(f"{where}: nested too deep; {DEEPEST} levels are allowed.") from None


def _one_line(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
    problem = getattr(error, "problem", None) or str(error)
    return " ".join(problem.split())[:200] + place


def _checked(events: Any, where: str) -> Any:
    """The events one by one, refusing what a preset has no use for before anything is built from it."""
    import yaml

    depth = 0
    for count, event in enumerate(events):
        if count > MOST_NODES:
            raise PureNegativeError(f"{where}: too many entries; {MOST_NODES} are allowed.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise PureNegativeError(f"{where}: nested too deep; {DEEPEST} levels are allowed.")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise PureNegativeError(f"{where}: anchors and aliases (& and *) are not allowed; write the value out.")
        if getattr(event, "tag", None):
            raise PureNegativeError(f"{where}: the tag {event.tag[:60]!r} is not allowed; write a plain value.")
        yield event


def _build(events: Any, where: str) -> Any:
    import yaml

    documents = [_node(next(events), events, where) for event in events if isinstance(event, yaml.DocumentStartEvent)]
    if len(documents) > 1:
        raise PureNegativeError(f"{where}: {len(documents)} YAML documents in one text; one is allowed.")
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
            raise PureNegativeError(f"{where}: the key {event.value[:60]!r} stands twice; keep one.")
        entries[event.value] = _node(next(events), events, where)
    return entries
