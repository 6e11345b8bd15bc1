"""Pasted parameters: whatever a chat, a mail or a program put around them, they come in whole or are refused."""

from __future__ import annotations

import html
import io
import json
import textwrap
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pure_negative.cli import main
from pure_negative.errors import PureNegativeError
from pure_negative.planning import infotext as infotexts
from pure_negative.planning import plan
from pure_negative.planning.choices import Choices
from pure_negative.planning.request import Model
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.sharing import bundle, pasted_text
from tests import strategies as draw

PROMPT, NEGATIVE = "cat", "(bad:0.5), (low:0.5)"
LAST = (
    "Steps: 1, Sampler: Euler, CFG scale: 9, Seed: 5, Size: 512x512, Clip skip: 2, "
    "Pure negative: v1;preset=nai;w=0.5;words=bad%2Clow"
)
TEXT = f"{PROMPT}\nNegative prompt: {NEGATIVE}\n{LAST}"
OTHER = "dog\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512"


def by_line(change: Callable[[str], str], text: str = TEXT) -> str:
    return "\n".join(map(change, text.split("\n")))


def offered(text: str) -> tuple[list[preset.Preset], tuple[str, ...]]:
    """The presets in a text, and everything that is said beside them."""
    found = bundle.from_text(text)
    return [offer.preset for offer in found.offers], (
        *found.problems,
        *(note for offer in found.offers for note in offer.notes),
    )


AS_IT_IS = {
    "alone": TEXT,
    "in a fence": f"```\n{TEXT}\n```",
    "in a fence with a language, in a message": f"look:\n```text\n{TEXT}\n```\nnice, isn't it?",
    "in a fence that ends on the last line": f"```{TEXT}```",
    "in a fence that was never closed": f"~~~\n{TEXT}",
    "under PNG Info's heading": f"parameters\n\n{TEXT}",
    "quoted": by_line("> {}".format),
    "quoted twice": by_line(">> {}".format),
    "quoted without blanks": by_line(">{}".format),
    "quoted by Discord's three signs": f">>> {TEXT}",
    "in a quoted fence": by_line("> {}".format, f"```\n{TEXT}\n```"),
    "on one line": TEXT.replace("\n", " "),
    "on one quoted line": "> " + TEXT.replace("\n", " "),
    "with CR": TEXT.replace("\n", "\r"),
    "with CR and LF": TEXT.replace("\n", "\r\n"),
    "with <br>": TEXT.replace("\n", "<br>"),
    "with <br /> and line ends": TEXT.replace("\n", "<br />\n"),
    "with U+2028": TEXT.replace("\n", "\u2028"),
    "in HTML": "<div><p>" + TEXT.replace("\n", "</p>\n<p>") + "</p></div>",
    "with a BOM": f"\ufeff{TEXT}",
    "before what the WebUI shows below": f"{TEXT}\nUsed embeddings: bad_thing [aa]\n\nTime taken: 3 sec.\n\nA: 2.1 GB",
    "before the same on its last line": f"{TEXT} Time taken: 3.2 sec.",
    "before what dynamic prompts write": f"{TEXT}\nTemplate: {{cat|dog}}\nNegative Template: x",
    "before Extras' own": f"parameters\n{TEXT}\n\npostprocessing\nPostprocess upscale by: 4, Postprocess upscaler: X",
    "before an answer": f"{TEXT}\n\nnice, isn't it?\nwith Steps: 3 too",
    "in JSON": json.dumps({"parameters": TEXT}),
    "in a JSON text": json.dumps(TEXT),
    "in JSON with indents, in a fence": f"```json\n{json.dumps({'a': [{'parameters': TEXT}]}, indent=2)}\n```",
    "in the API's answer": json.dumps({"images": [], "info": json.dumps({"prompt": "cat", "infotexts": [TEXT, TEXT]})}),
    "in a piece of JSON": f'  "parameters": {json.dumps(TEXT)},\n  "seed": 5',
    "in what Python prints": repr({"parameters": TEXT}),
    "with its line ends escaped": TEXT.replace("\n", "\\n"),
    "in YAML": "parameters: |\n" + by_line("  {}".format),
    "with bold names": TEXT.replace("Negative prompt:", "**Negative prompt:**").replace("Steps:", "**Steps:**"),
    "with bold names, the colon outside": TEXT.replace("Negative prompt:", "*Negative prompt*:").replace(
        "Steps:", "*Steps*:"
    ),
    "all bold": by_line("**{}**".format),
    "as a list": by_line("- {}".format),
    "as a list of points": by_line("• {}".format),
    "with numbers": "\n".join(f"{number}. {line}" for number, line in enumerate(TEXT.split("\n"), 1)),
    "with a listing's numbers": "\n".join(f"{number:>4}  {line}" for number, line in enumerate(TEXT.split("\n"), 1)),
    "as a table": by_line("| {} |".format),
    "indented": by_line("    {}".format),
    "as code": "`" + TEXT.replace("\n", " ") + "`",
    "hidden": f"||{TEXT}||",
    "between quotation marks": f'"{TEXT}"',
    "with no-break spaces": TEXT.replace(" ", "\xa0"),
    "with zero-width spaces": TEXT.replace(", (", ",\u200b (").replace("Negative", "\u200bNegative"),
    "with Markdown's escapes": TEXT.replace("(", "\\(").replace(")", "\\)"),
    "wrapped": textwrap.fill(TEXT.replace("\n", " "), 40),
    "wrapped and quoted by a mail": "On Monday Ann wrote:\n" + by_line("> {}".format, textwrap.fill(TEXT, 50)),
    "with its line cut at a width": "\n".join(
        piece for line in TEXT.split("\n") for piece in (line[start : start + 60] for start in range(0, len(line), 60))
    ),
    "behind another's": f"{OTHER}\n\n{TEXT}",
    "behind another's with an answer": f"{OTHER}\nTime taken: 2 sec.\n---\n{TEXT}",
    "before another's": f"{TEXT}\n\n{OTHER}",
    "in small letters": TEXT.replace("Negative prompt:", "negative prompt:"),
    "by paragraphs": f"# My cat\n\n**Prompt:** {PROMPT}\n\n**Negative prompt:** {NEGATIVE}\n\n{LAST}",
    "under headings": f"Prompt\n{PROMPT}\nNegative prompt\n{NEGATIVE}\n{LAST}",
    "on one line under a bold heading": f"**parameters**  {TEXT}".replace("\n", " "),
    "on one line under two": f"**parameters** # parameters {TEXT}".replace("\n", " "),
    "with HTML's signs in JSON": json.dumps({"infotexts": [TEXT.replace("(", "&#40;").replace(")", "&#x29;")]}),
    "in JSON in HTML, twice": html.escape(html.escape(json.dumps({"parameters": TEXT}))),
    "in JSON with other quotation marks": json.dumps({"parameters": TEXT}).replace('"', "”"),
    "in a piece of JSON with other quotation marks": json.dumps({"parameters": TEXT})[1:].replace('"', "”"),
    "in HTML's JSON with no-break spaces": html.escape(json.dumps([{"info": TEXT}], indent=1)).replace(" ", "\xa0"),
    "quoted at its first line alone, twice": f">> >> {TEXT}",
    "with its field broken in a key": TEXT.replace(";words", ";wor\nds"),
    "with its field broken in a value, before an answer": TEXT.replace("bad%2C", "bad%\n2C") + "\n\nnice",
    "wrapped before what the WebUI shows below": f"{textwrap.fill(TEXT, 60)}\nUsed embeddings: x [aa]",
    "in a chat": f"Ann — Today at 12:03\n{TEXT}",
    "in another chat": f"[12:03, 25.11.2026] Ann:\n{TEXT}",
}


@pytest.mark.parametrize("text", AS_IT_IS.values(), ids=AS_IT_IS)
def test_a_text_comes_in_whole_however_it_is_wrapped(text):
    (made,), _ = offered(text)
    assert (made.words, made.strength.w, made.prompt) == (("bad", "low"), 0.5, "cat")
    assert (made.steps, made.sampler, made.cfg.base, str(made.sizes[0])) == (1, "Euler", 9, "512x512")


REFUSED = {
    "the words are gone": (f"{PROMPT}\n{LAST}", "shows no bad, low"),
    "a word is gone": (TEXT.replace(", (low:0.5)", ""), "shows no low"),
    "the prompts' names are gone": (TEXT.replace("Negative prompt: ", ""), "shows no bad, low"),
    "JSON that is cut": (json.dumps({"parameters": TEXT})[:-2], "cut off or changed"),
    "a list that is cut": (json.dumps(json.dumps(["x", TEXT]))[3:-4] + "]", "cut off or changed"),
    "a word broken where a space may have stood": (
        TEXT.replace("(low", "(lo w").replace("Clow", "Clo w").replace("lo w", "lo\nw"),
        "a space may have stood there or not",
    ),
    "two on one line": (f"{OTHER} {TEXT}".replace("\n", " "), "paste one at a time"),
    "settings that are cut": (TEXT[TEXT.index("Clip skip") :], "copy it again"),
    "the field of a later version": (TEXT.replace("v1;", "v9;"), "'v9' is not known"),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.values(), ids=REFUSED)
def test_a_text_that_can_not_be_had_whole_is_refused(text, said):
    made, told = offered(text)
    assert made == []
    assert said in told[0]


@pytest.mark.parametrize("wrap", ["{}", "```\n{}\n```", "> {}", "parameters\n{}"])
def test_a_text_of_a_picture_without_us_is_told_so(wrap):
    made, told = offered(wrap.format(OTHER))
    assert made == []
    assert told == ("the pasted text: the picture was made without a preset; its parameters name none.",)


def test_two_texts_come_in_as_two(shelf):
    second = TEXT.replace("cat", "dog").replace("0.5", "0.4").replace("bad", "ugly")
    for between in ("\n", "\n\n", "\n---\n", "\nTime taken: 3 sec.\n\nparameters\n"):
        made, _ = offered(TEXT + between + second)
        assert [(each.words, each.strength.w, each.prompt) for each in made] == [
            (("bad", "low"), 0.5, "cat"),
            (("ugly", "low"), 0.4, "dog"),
        ]
    with pytest.raises(PureNegativeError, match="there are 2 pictures' parameters in the text; paste one at a time"):
        pasted_text.one(f"{TEXT}\n{second}", "p")
    assert len(offered(f"{TEXT}\n{TEXT}")[0]) == 1
    assert offered(f"{TEXT} {second}")[0] == []


def test_what_was_left_out_above_the_prompt_is_said():
    assert offered(f"# My cat\n{TEXT}")[1] == ("'# My cat' before the prompt was left out.",)
    assert offered(f"look at this\n\n{TEXT}")[1][0].startswith("The prompt has a blank line in it")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"```raw cat\n{TEXT.partition(chr(10))[2]}\n```", "'# raw' before the prompt was left out."),
        (
            f"x:\n{TEXT.replace('cat', 'cat &amp; <b> & x')}",
            "'&amp;' and its like in the prompt were read as the signs they stand for.",
        ),
        (by_line("> {}".format).replace("\n", " ").replace("cat", "a > cat"), "The prompt holds '>'"),
    ],
)
def test_what_a_program_may_have_changed_in_the_prompt_is_said(text, said):
    made, told = offered(text)
    assert len(made) == 1
    assert any(said in each for each in told)


@pytest.mark.parametrize("preset_id", ["nai", "gone"])
def test_words_that_nothing_else_tells_of_are_doubted_where_lines_were_broken(preset_id):
    own = plan.make(Choices(preset="nai", seed=5), plan.Tab(prompt="cat"))
    text = infotexts.write(own.request(5), Model("m", "0123456789"), infotexts.pack(own))
    text = text.replace("=nai", f"={preset_id}")
    for changed in (text.replace("worst", "wo rst"), text.replace("worst", "wo\nrst")):
        (made,), told = offered(textwrap.fill(changed, 60))
        assert made.words == own.base.words or "The text's lines were changed on its way" in " ".join(told)


FORMATTED = infotexts.write(
    (made := plan.make(Choices(preset="anime-illust-diffusion", seed=5), plan.Tab(prompt="cat"))).request(5),
    Model("m", "0123456789"),
    infotexts.pack(made),
)


@pytest.mark.parametrize("width", [40, 60, 72, 100])
def test_a_prompt_in_a_format_is_known_again_with_its_lines_broken(width):
    (made,), told = offered(textwrap.fill(FORMATTED, width))
    assert (made.prompt, told) == ("cat", ())
    (_,), told = offered(f"# x\n{FORMATTED.replace('masterpiece, ', '')}")
    assert "The prompt is not in its preset's format; look whether it is as it was written." in told


@pytest.mark.parametrize(
    "prompt", [">_<, cat", "> :(", "saved by the bell", "a: b", "settings", "100%, {cat}", "1. cat"]
)
def test_a_prompt_that_looks_like_a_wrapping_is_kept(prompt):
    (made,), told = offered(TEXT.replace("cat", prompt))
    assert (made.prompt, told) == (prompt, ())


def test_the_command_line_keeps_the_words_of_a_text_on_one_line(shelf, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT.replace("\n", " ").encode())))
    assert main.main(["presets", "import", "-", "--id", "one"]) == 0
    assert "one: new" in capsys.readouterr().err
    kept = library.load("one")
    assert (kept.words, kept.strength.w, kept.prompt) == (("bad", "low"), 0.5, "cat")


@st.composite
def made_texts(draw_from: st.DrawFn) -> str:
    """The parameters of a picture of a preset that is here or is not, its words in the field or its preset's own."""
    words = draw_from(st.none() | draw.word_lists | st.sampled_from([("bad hands", "it's"), ("a&b", "<3", "**x**")]))
    prompt = draw_from(
        st.sampled_from(["", "cat", "1girl, (cat:1.2)", "a \\(b\\), c", "cat, in\na hat", "&, <b>, >_<"])
    )
    chosen = Choices(
        preset=draw_from(st.sampled_from(["nai", "anything-v3", "anime-illust-diffusion"])),
        words=words,
        strength=draw_from(st.none() | st.sampled_from([0.5, 0.25, 0.0001]).map(infotexts.emphasis.Strength)),
        scope=draw_from(st.sampled_from([None, "each", "whole"])),
        join=draw_from(st.sampled_from([None, "before"])),
        seed=5,
    )
    made = plan.make(chosen, plan.Tab(prompt=prompt, negative_prompt=draw_from(st.sampled_from(["", "text, (x:1.1)"]))))
    text = infotexts.write(made.request(5), Model("m", "0123456789"), infotexts.pack(made), {"Note": "a: b, c"})
    return text.replace("preset=nai", draw_from(st.sampled_from(["preset=nai", "preset=gone"])))


WRAPPINGS: tuple[Callable[[str], str], ...] = (
    lambda text: f"```\n{text}\n```",
    lambda text: f"look:\n~~~text\n{text}\n~~~\nbye",
    lambda text: by_line("> {}".format, text),
    lambda text: by_line(">> {}".format, text),
    lambda text: f"parameters\n{text}",
    lambda text: f"**parameters**\n\n{text}\n",
    lambda text: f"# PNG Info\n{text}",
    lambda text: text.replace("\n", "\r\n"),
    lambda text: text.replace("\n", "\r"),
    lambda text: text.replace("\n", "<br>"),
    lambda text: text.replace("\n", "\u2028"),
    lambda text: json.dumps({"parameters": text}),
    lambda text: json.dumps([{"info": json.dumps({"infotexts": [text]}, ensure_ascii=False)}], indent=1),
    lambda text: f"{text}\nUsed embeddings: x [aa]\nTime taken: 1 sec.",
    lambda text: by_line("- {}".format, text),
    lambda text: by_line("    {}".format, text),
    html.escape,
    lambda text: text.replace(" ", "\xa0"),
    lambda text: text.replace("'", "’").replace('"', "”"),
    lambda text: textwrap.fill(text, 60),
    lambda text: text.replace("\n", " "),
)


BROKEN = len(WRAPPINGS) - 2
"""Breaks long lines, after which it can't be told which line ends are the prompt's own."""


def spaced(text: str | None) -> str:
    """A prompt's words, whatever stands between them: lines that were joined can't be told apart again."""
    return " ".join((text or "").split())


@settings(max_examples=max(2_000, settings.default.max_examples))
@given(made_texts(), st.lists(st.sampled_from(range(len(WRAPPINGS))), max_size=4))
@example(TEXT, [])
def test_no_wrapping_loses_a_word_silently(text, wrappings):
    (whole,), usual = offered(text)
    wrapped = text
    for number in wrappings:
        wrapped = WRAPPINGS[number](wrapped)
    made, said = offered(wrapped)
    told = set(said) - set(usual)
    assert made or told
    for each in made:
        assert (each.words, each.strength) == (whole.words, whole.strength) or told
        assert (spaced(each.prompt), each.cfg, each.steps, each.sizes) == (
            spaced(each.prompt if BROKEN in wrappings else whole.prompt),
            whole.cfg,
            whole.steps,
            whole.sizes,
        ) or told
