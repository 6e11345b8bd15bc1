"""What a picture can be judged to be: the columns of the research's tables of yield."""

from __future__ import annotations

from collections.abc import Sequence

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate

CLASSES = ("Pattern", "Object or scenery", "Malformed human", "Legit human")
"""In the order of the tables *in batch* (seeds/000; seeds/001, *Bizzare result (in batch)*); judged as 1 to 4."""
SHAPES = ("Normal", "Thicc", "Mixed")
"""What stands in their column *Body shape*. One picture is Mixed when its people differ."""
HUMANS = (3, 4)
"""The classes that have a body shape."""
LONGEST_NAME = 60
"""Characters of a judge's name."""
MOST_NAMED = 20
"""Judges that a sentence names."""


def read_class(value: object, where: str = "class") -> int:
    """A class by its number, 1 to 4, or by its name."""
    if isinstance(value, str) and not value.strip().isdecimal():
        return CLASSES.index(validate.choice(value, where, CLASSES)) + 1
    return validate.whole(value, where, 1, len(CLASSES))


def read_shape(value: object, of: int, where: str = "shape") -> str:
    """A body shape, '' where none is said; only humans have one."""
    if value is None or value == "":
        return ""
    shape = validate.choice(value, where, SHAPES)
    if of not in HUMANS:
        raise PureNegativeError(f"{where}: {shape} is for humans, but this picture is judged {CLASSES[of - 1]}.")
    return shape


def read_judge(value: object, where: str = "judge") -> str:
    """A judge's name."""
    name = " ".join(validate.text(value, where, LONGEST_NAME).split())
    if not name:
        raise validate.refuse(where, value, f"a name of 1 to {LONGEST_NAME} characters")
    return name


def same_judge(name: str, known: Sequence[str]) -> str:
    """A judge's name as it is written already where one alone is it in another case, else as it is given."""
    alike = [each for each in known if each.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else name


def known_judge(value: object, known: Sequence[str], where: str = "judge") -> str | None:
    """A judge who is known, None where none is named: as it is written, or in another case where one alone is meant."""
    if value is None:
        return None
    name = same_judge(read_judge(value, where), known)
    if name in known:
        return name
    if not known:
        raise PureNegativeError(
            f"{where}: {validate.shown(name)} is not known; nobody has judged or marked anything yet."
        )
    names = ", ".join(known[:MOST_NAMED]) + (", …" if len(known) > MOST_NAMED else "")
    raise validate.refuse(where, name, f"one of {names}{validate.nearest(name, known)}")
