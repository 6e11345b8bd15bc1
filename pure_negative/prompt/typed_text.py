"""What a user types into the prompt's fields, checked: a positive prompt, and the names of embeddings."""

from __future__ import annotations

from pure_negative.errors import PureNegativeError
from pure_negative.io import entries, validate
from pure_negative.prompt import emphasis
from pure_negative.prompt.word_list import WordList

LONGEST_PROMPT = 20_000


def read_prompt(value: object, where: str) -> str:
    """A positive prompt, each line trimmed the way the WebUI reads infotexts back."""
    lines = [line.strip() for line in validate.text(value, where, LONGEST_PROMPT).split("\n")]
    if any(line.startswith("Negative prompt:") for line in lines):
        raise PureNegativeError(
            f"{where}: a line starts with 'Negative prompt:', which has a meaning in generation parameters; reword it."
        )
    return "\n".join(lines).strip()


def read_embedding_names(value: object, where: str) -> tuple[str, ...]:
    """Names of embeddings, as a list or separated by commas; none at all is allowed."""
    if value in ("", [], ()):
        return ()
    names = emphasis.read_words(value, where)
    return WordList((entries.read_file_name(name, where) for name in names), names.notes)
