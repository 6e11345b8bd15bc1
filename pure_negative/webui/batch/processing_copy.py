"""A batch's own run: the user's, copied, and seen to where its pictures differ in what a run has but one of."""

from __future__ import annotations

from copy import copy
from typing import Any

from pure_negative.errors import PureNegativeError
from pure_negative.webui import names
from pure_negative.webui.batch import prompt_schedules

_ASKED = "_pure_negative_asked"
"""Where the run keeps the negative prompts that it was to have, styles and all."""
_SHARED = (
    "another extension gave several pictures of one batch the same negative prompt; it works where each is made alone."
)


def copy_of(p: Any) -> Any:
    """A copy of the run, which needs its `scales.Scales` before it starts; `p` itself is as it was.

    Only the copy's class differs, so that copies which others make of it are right too.
    """
    copied = copy(p)
    usual = type(p)

    class Own(usual):  # type: ignore[misc, valid-type]
        """The run's own class, but for what follows."""

        def get_conds_with_caching(self, function: Any, *args: Any, **kwargs: Any) -> Any:
            return super().get_conds_with_caching(prompt_schedules.quick(function), *args, **kwargs)

        def setup_prompts(self) -> None:
            super().setup_prompts()
            setattr(self, _ASKED, list(self.all_negative_prompts))

        def setup_conds(self) -> None:
            """The last moment before the first step: whoever rewrites prompts has done so."""
            asked = getattr(self, _ASKED, ())
            if len(set(self.all_negative_prompts)) < len(set(asked)):
                raise PureNegativeError(_SHARED)
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
