"""What the WebUI's prompts mean besides weights: comments, a weight at the end, and what changes from step to step.

Written down from the behaviour of WebUI v1.10.1 (webui-contract §7). The stand-alone engine keeps one prompt through
all steps and loads nothing but the checkpoint; what asks for more is refused in words rather than drawn otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from pure_negative.errors import PureNegativeError
from pure_negative.io import characters, validate

_COMMENT_LINE = re.compile(r"(^|\n)#[^\n]*(\n|$)")
_COMMENT_TAIL = re.compile(r"#[^\n]*(\n|$)")


def without_comments(text: str) -> str:
    """The text without what follows a `#` on its line, which the WebUI deletes before anything else."""
    return _COMMENT_TAIL.sub("\n", _COMMENT_LINE.sub("\n", text))


_TRAILING_WEIGHT = re.compile(r"^(?P<text>.*?)(?:\s*:\s*(?P<weight>[-+]?(?:\d+\.?|\d*\.\d+)))?\s*$", re.DOTALL)


class Prompt(NamedTuple):
    """A positive prompt, and the factor on its CFG scale."""

    text: str
    factor: float


def split_trailing_weight(prompt: str) -> Prompt:
    """`cat :1.2` is `cat` at 1.2 times the CFG scale: the WebUI's weight of an AND part holds for a single part too."""
    match = _TRAILING_WEIGHT.match(prompt)
    if match is None:
        return Prompt(prompt, 1.0)
    return Prompt(match["text"], float(match["weight"] or 1.0))


_EXTRA_NETWORK = re.compile(r"<(\w+):([^>]+)>")
_AND = re.compile(r"\bAND\b")
_LORA_KINDS = ("lora", "lyco")


@dataclass(frozen=True)
class Lora:
    """A LoRA in a prompt, with its weights on the text encoder and on the UNet; a rank leaves out what is above it."""

    name: str
    text: float = 1.0
    unet: float = 1.0
    rank: int | None = None


def loras(prompt: str) -> tuple[Lora, ...]:
    """The LoRAs in a prompt: `<lora:name:weight>`, or with a weight for each part.

    Both weights may stand behind the name, or as `te=` and `unet=`; a rank is a third number, or `dyn=`.

    Raises:
        PureNegativeError: a LoRA without a name, or with a weight that is no number.
    """
    return tuple(_lora(match[0], match[2]) for match in _EXTRA_NETWORK.finditer(prompt) if match[1] in _LORA_KINDS)


def without_loras(prompt: str) -> str:
    """The prompt that the text encoder gets: a LoRA leaves nothing behind."""
    return _EXTRA_NETWORK.sub(lambda match: "" if match[1] in _LORA_KINDS else match[0], prompt)


def _lora(tag: str, inner: str) -> Lora:
    parts = [part.split("=", 2) for part in inner.split(":")]
    plain = [part[0] if len(part) == 1 else "=".join(part) for part in parts if len(part) != 2]
    named = {part[0]: part[1] for part in parts if len(part) == 2}
    if not plain:
        raise PureNegativeError(f"prompt: {validate.shown(tag)} names no LoRA; write <lora:name:0.8>.")
    text = _lora_weight(named.get("te", plain[1] if len(plain) > 1 else "1"), tag)
    unet = named.get("unet", plain[2] if len(plain) > 2 else "")
    rank = named.get("dyn", plain[3] if len(plain) > 3 else "")
    return Lora(plain[0], text, _lora_weight(unet, tag) if unet else text, _lora_rank(rank, tag) if rank else None)


def _lora_weight(written: str, tag: str) -> float:
    try:
        return validate.number(float(written), "weight")
    except (ValueError, PureNegativeError):
        raise PureNegativeError(
            f"prompt: {validate.shown(written)} in {validate.shown(tag)} is no weight; write <lora:name:0.8>."
        ) from None


def _lora_rank(written: str, tag: str) -> int:
    if not written.strip().isdecimal():
        raise PureNegativeError(f"prompt: {validate.shown(written)} in {validate.shown(tag)} is no rank.")
    return int(written)


def refuse_unsupported(prompt: str, negative_prompt: str) -> None:
    """Refuse what one prompt and one checkpoint cannot draw.

    Raises:
        PureNegativeError: prompt editing (`[a:b:0.5]`), alternation (`[a|b]`) or an extra network that is no LoRA
            (`<hypernet:…>`) in either text, AND in the prompt (in a negative prompt the WebUI reads it as a word), or
            a LoRA in the negative prompt.
    """
    loras(prompt)
    prompt = without_loras(prompt)
    for text, where in ((prompt, "prompt"), (negative_prompt, "negative prompt")):
        if network := _EXTRA_NETWORK.search(text):
            raise PureNegativeError(f"{where}: {validate.shown(network[0])} {_refused_network(network[1])}; remove it.")
        if schedule := find_schedule(text):
            raise PureNegativeError(
                f"{where}: {validate.shown(schedule)} changes the prompt during sampling, which only the "
                "WebUI supports; for a weight write (word:0.5)."
            )
    if _AND.search(prompt):
        raise PureNegativeError("prompt: AND combines several prompts, which only the WebUI supports; remove it.")


def _refused_network(kind: str) -> str:
    if kind in _LORA_KINDS:
        return "is plain text in a negative prompt, since a LoRA is loaded from the prompt alone"
    return "is an extra network, which only the WebUI can load"


_WIDE_WEIGHT = re.compile(r"（[^（）]*[：:]\s*[+-]?[.\d]+\s*[）)]|[（(][^（）()]*：\s*[+-]?[.\d]+\s*[）)]")


def unseen(prompt: str, where: str) -> Iterator[str]:
    """A sentence for what a prompt holds and does not do what it looks like; a prompt is kept as it was typed."""
    if hidden := characters.invisible(prompt):
        yield (
            f"{where}: {', '.join(hidden)} cannot be seen but changes the picture; "
            "remove it, unless you are reproducing a picture made with it."
        )
    if weight := _WIDE_WEIGHT.search(prompt):
        yield f"{where}: the full-width signs of {validate.shown(weight[0])} set no weight; write (word:1.2)."


_SCHEDULE_TOKEN = re.compile(r"\\.|[\[\]():|]|[^\\\[\]():|]+|\\")
_STEP_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")


@dataclass
class _Group:
    """A bracket that is open: where it began, how often it was divided, and the text since the last division."""

    start: int
    bracket: str
    colons: int = 0
    bars: int = 0
    last: list[str] = field(default_factory=list)

    def divide(self, mark: str) -> None:
        self.colons += mark == ":"
        self.bars += mark == "|"
        self.last = []

    def is_emphasis(self) -> bool:
        return not self.bars and self.colons <= (1 if self.bracket == "(" else 0)

    def is_schedule(self) -> bool:
        if self.bracket == "(":
            return False
        edited = self.colons in (1, 2) and not self.bars and bool(_STEP_NUMBER.fullmatch("".join(self.last)))
        return edited or (self.bars > 0 and not self.colons)


def find_schedule(text: str) -> str | None:
    """The first prompt editing or alternation in the text as the WebUI's schedule grammar finds it, or None.

    A bracket that the grammar cannot pair is literal text, and so is every bracket around it.
    """
    groups: list[_Group] = []
    for match in _SCHEDULE_TOKEN.finditer(text):
        token = match.group()
        if token in "([":
            groups.append(_Group(match.start(), token))
        elif token in ")]":
            closed = groups.pop() if groups and groups[-1].bracket + token in ("()", "[]") else None
            if closed and closed.is_schedule():
                return text[closed.start : match.end()]
            if closed is None or not closed.is_emphasis():
                groups.clear()
            elif groups:
                groups[-1].last.append("()")
        elif groups:
            groups[-1].divide(token) if token in ":|" else groups[-1].last.append(token)
    return None
