"""Presets of every kind for hypothesis, all of them such that a file can hold them."""

from __future__ import annotations

from hypothesis import strategies as st

from pure_negative import options
from pure_negative.errors import PureNegativeError
from pure_negative.preset import model as preset
from pure_negative.preset import writer as preset_writer
from pure_negative.preset.model import Models, Preset, Resource, Starter, StyleGroup
from pure_negative.prompt import emphasis, template
from pure_negative.rules import cfg_scale
from tests import strategies as draw

SIGNS = "aZ09 _-.,:;#'\"\\/()[]{}!?&*|>%@`~^=+<é漢🎨\u00a0\u200b\ufeffy"
lines = st.one_of(
    st.text(alphabet=SIGNS, max_size=40),
    st.sampled_from(
        ["", "yes", "null", "1e3", "16:9", "0x10", "2024-01-01", "- a", "a: b", "a #b", "\\(", "'", '"', "~"]
    ),
).map(lambda text: " ".join(text.split()))
names = lines.filter(bool)
file_names = st.text(alphabet="aZ0 _-.(#'é漢", min_size=1, max_size=20).map(lambda text: " ".join(text.split()))
ids = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True)
triggers = st.text(alphabet="ab yW0-#'\"é\\:", min_size=1, max_size=12).map(lambda text: " ".join(text.split()))
STYLE_PLACE = st.sampled_from(["", "{style}, ", "({style}:1.1), ", "a, {style}, b, "])


def _holds(reader, value) -> bool:
    try:
        return reader(value) is not None
    except PureNegativeError:
        return False


resources = st.builds(Resource, file_names.filter(lambda name: name and not name.startswith(".")), lines)
embeddings = st.builds(
    Resource, st.from_regex(r"[a-z][a-z0-9_-]{0,10}", fullmatch=True).filter(lambda name: "and" not in name), lines
)
formats = st.builds(
    lambda place, end: f"best, {place}{{prompt}}{end}", STYLE_PLACE, st.sampled_from(["", ", z", ", y: #"])
)
styles = st.lists(triggers.filter(bool), min_size=1, max_size=40, unique=True).map(tuple)
strengths = st.one_of(
    st.just(preset.PLAIN),
    draw.weights.map(emphasis.Strength),
    st.integers(-40, 40).filter(bool).map(lambda count: emphasis.read_brackets(count)),
)
rules = st.builds(
    cfg_scale.CfgRule,
    st.one_of(st.none(), draw.cfg_scales),
    st.sampled_from(cfg_scale.RULES),
    st.dictionaries(draw.sizes.map(str), draw.cfg_scales, max_size=3).map(lambda rows: tuple(rows.items())),
)


def maybe(values):
    return st.one_of(st.none(), values)


@st.composite
def presets(draw_from: st.DrawFn) -> Preset:
    """A preset with any of its keys set."""
    shape = draw_from(st.sampled_from(["none", "sizes", "ratio"]))
    some = draw_from(st.lists(draw.sizes, min_size=1, max_size=3, unique=True))
    grouped = draw_from(st.dictionaries(names, styles, max_size=2))
    made = Preset(
        id=draw_from(ids.filter(lambda text: _holds(preset.read_id, text))),
        name=draw_from(names),
        words=tuple(draw_from(st.one_of(st.just(()), draw.word_lists))),
        strength=draw_from(strengths),
        description=draw_from(lines),
        source=tuple(draw_from(st.lists(lines, max_size=3))),
        sources=tuple(draw_from(st.dictionaries(st.sampled_from(sorted(preset.READERS)), lines, max_size=3)).items()),
        models=draw_from(
            st.builds(Models, st.lists(names.filter(lambda text: text.strip("* ._-")), max_size=2).map(tuple))
        ),
        vae=draw_from(maybe(resources)),
        embeddings=tuple(draw_from(st.lists(embeddings, max_size=2, unique_by=lambda each: each.name))),
        scope=draw_from(st.sampled_from(emphasis.SCOPES)),
        notation=draw_from(st.sampled_from(emphasis.NOTATIONS)),
        spaces=draw_from(st.booleans()),
        join=draw_from(maybe(st.sampled_from(options.JOINS))),
        prompt=draw_from(maybe(draw.prompts)),
        prompt_format=draw_from(maybe(formats.map(template.read))),
        style=draw_from(maybe(lines.map(template.read_style))),
        styles=tuple(StyleGroup(name, listed) for name, listed in grouped.items()),
        starters=tuple(
            draw_from(st.lists(st.builds(Starter, draw.prompts.filter(bool), maybe(draw.sizes)), max_size=2))
        ),
        ladder=draw_from(st.booleans()),
        sizes=tuple(some) if shape == "sizes" else (),
        ratio=draw_from(draw.ratios) if shape == "ratio" else None,
        cfg=draw_from(maybe(rules)),
        cfg_factor=draw_from(maybe(st.floats(min_value=0.01, max_value=100))),
        steps=draw_from(maybe(st.integers(1, options.MOST_STEPS))),
        sampler=draw_from(maybe(draw.names)),
        clip_skip=draw_from(maybe(st.integers(1, 12))),
        emphasis=draw_from(maybe(st.sampled_from(options.EMPHASES))),
        hints=tuple(draw_from(st.lists(lines, max_size=3))),
    )
    preset_writer.entries(made)
    return made
