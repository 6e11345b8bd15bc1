"""A copy of the user's processing object for one batch, in which each picture has its own prompts and CFG scale."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.webui import names
from pure_negative.webui.batch import prompt_schedules

_ASKED = "_pure_negative_asked"
"""The attribute that keeps the prompts and seeds as set up, before other extensions may rewrite them."""
_SHARED = "another extension gave several pictures of a batch the same {}; set 'Largest batch size' to 1."


def copy_of(p: Any) -> Any:
    """A copy of the processing object `p`, which stays as it is; the copy needs its `cfg_scales.Scales` before it runs.

    The overrides are in the copy's class, not on the instance, so that `copy(p)` by another extension keeps them.
    """
    copied = copy(p)
    usual = type(p)

    class Own(usual):  # type: ignore[misc, valid-type]
        """The processing class of the run, with these overrides."""

        def get_conds_with_caching(self, function: Any, *args: Any, **kwargs: Any) -> Any:
            return super().get_conds_with_caching(prompt_schedules.quick(function), *args, **kwargs)

        def setup_prompts(self) -> None:
            super().setup_prompts()
            setattr(self, _ASKED, (list(self.all_prompts), list(self.all_negative_prompts), self.seed))

        def setup_conds(self) -> None:
            """Checked here because extensions that rewrite prompts have run by now, and sampling has not begun."""
            if asked := getattr(self, _ASKED, None):
                _check_count(len(asked[0]), self.batch_size)
                _check(asked[0], self.all_prompts, "prompt")
                _check(asked[1], self.all_negative_prompts, "negative prompt")
                if isinstance(asked[2], list) and len(asked[2]) > 1 and list(self.all_seeds) != asked[2]:
                    raise PureNegativeError(_SHARED.format("seed"))
            super().setup_conds()

        @property
        def batch_index(self) -> int:
            """The picture that is finished, saved and handed to other scripts; they see its CFG scale on the run."""
            return int(self.__dict__.get("batch_index", 0))

        @batch_index.setter
        def batch_index(self, index: int) -> None:
            self.__dict__["batch_index"] = index
            if own := getattr(self, names.CFG_SCALES, None):
                self.cfg_scale = own.values[index]

    Own.__name__, Own.__qualname__ = usual.__name__, usual.__qualname__
    copied.__class__ = Own
    return copied


def _check_count(asked: int, given: int) -> None:
    """See that all pictures are made together: models of videos take a batch for the frames of one.

    Raises:
        PureNegativeError: they are not.
    """
    if given != asked:
        raise PureNegativeError(
            f"this checkpoint, or an extension, makes a batch of {given} out of {asked} cells; "
            "set 'Largest batch size' to 1."
        )


def _check(asked: Sequence[str], given: Sequence[str], what: str) -> None:
    """See that each picture's own text is still in what it is given, where the texts differ.

    Some extensions make all texts of a batch of the first one (Dynamic Prompts); alone, a picture has its own.

    Raises:
        PureNegativeError: it is not.
    """
    if len(set(asked)) > 1 and not all(one in other for one, other in zip(asked, given, strict=True)):
        raise PureNegativeError(_SHARED.format(what))
