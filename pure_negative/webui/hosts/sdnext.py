"""SD.Next (vladmandic/sdnext, read and run at 058a7f0cf): the WebUI's scripts around diffusers' pipelines.

Its prompts, samplers and settings are its own, so a picture is another one than the WebUI's. What stands here is what
the tick needs: the panel in its Text tab, a run's plan, its infotext, and a run that must not go on.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType, SimpleNamespace
from typing import Any, NoReturn

from pure_negative.webui import names
from pure_negative.webui.hosts.base import CHUNK, Webui

_LINES = "_pure_negative_lines"
"""Where the lines for a run are kept until it is over: it has no place for them itself."""
_SIGMAS = MappingProxyType({"Automatic": None, "Karras": "karras", "Exponential": "exponential", "Beta": "betas"})
"""The WebUI's schedule type → what is called the sigma method here."""
_CLIP_SKIP = "CLIP_stop_at_last_layers"
_NO_SHEET = "Sheets and yield runs can't be used in SD.Next yet; the rest of Pure negative can."


class SdNext(Webui):
    """SD.Next; it shows itself on gradio 3.43."""

    title = "SD.Next"
    needs: Mapping[str, str] = MappingProxyType({})
    lacks: Mapping[str, str] = MappingProxyType({names.SHEET: _NO_SHEET, names.YIELD: _NO_SHEET})
    tab_ids: Mapping[str, str] = MappingProxyType({"scheduler": "", "hires": "txt2img_enable_hr"})

    def version(self) -> str:
        """The commit that it says it is at."""
        known = getattr(sys.modules.get("installer"), "version", None) or {}
        return str(known.get("commit") or "").replace("unknown", "")

    def unlike(self) -> str:
        """Its weights and pictures are others."""
        return (
            "SD.Next reads prompts and makes pictures in its own way: they differ from the WebUI's, and W does not "
            "mean the same. Emphasis modes and the prompts of a refine pass stay as they are."
        )

    def reload(self) -> None:
        """A run loads what the settings name when it begins."""

    def lengths(self, text: str) -> tuple[int, int] | None:
        """The loaded pipeline's own tokenizer counts; None while none is loaded, or it has none."""
        tokenizer = getattr(self._pipeline(), "tokenizer", None)
        if tokenizer is None:
            return None
        count = max(0, len(tokenizer(text, truncation=False).input_ids) - 2)
        return count, max(1, -(-count // CHUNK)) * CHUNK

    def singly(self) -> bool:
        """There are no batches of cells."""
        return True

    def checkpoint(self) -> Any:
        """The loaded one; its record has other names for what is asked for."""
        info = getattr(self._pipeline(), "sd_checkpoint_info", None)
        return _record(info) if info else None

    def installed(self) -> Collection[Any]:
        """None: the page has no button that loads one of them."""
        return ()

    def _pipeline(self) -> Any:
        """The loaded pipeline; asking for it in the usual way would load one."""
        return getattr(importlib.import_module("modules.modeldata").model_data, "sd_model", None)

    def embeddings(self) -> Collection[str]:
        """The loaded pipeline keeps them."""
        known = getattr(self._pipeline(), "embedding_db", None)
        return getattr(known, "word_embeddings", ())

    def samplers(self) -> Sequence[Any]:
        """Without the lines that part the list."""
        from modules import sd_samplers

        return sd_samplers.visible_samplers()  # type: ignore[no-any-return]

    def visible_samplers(self) -> list[str]:
        """All of them."""
        return [each.name for each in self.samplers()]

    def sample(self, p: Any, sampler: str | None, schedule: str | None) -> None:
        """The schedule type as the sigma method, for this run alone."""
        super().sample(p, sampler, None)
        p.schedulers_sigma = _SIGMAS.get(schedule or "", p.schedulers_sigma)

    def schedules(self) -> Sequence[Any]:
        """Those of the WebUI's that a sigma method stands for."""
        return [SimpleNamespace(label=label, name=label.lower(), aliases=[]) for label in _SIGMAS]

    def tab_values(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """The sampler is told by its place in the list, and a guidance scale below 0 leaves it to the pipeline."""
        from modules import sd_samplers

        place, scale = found.get("sampler"), found.get("cfg")
        name = sd_samplers.samplers[place].name if isinstance(place, int) else place
        cfg = None if scale is None or scale < 0 else scale
        return {**found, "sampler": name, "cfg": cfg, "scheduler": None}

    def overrides(self, pairs: Sequence[str]) -> Mapping[str, Any]:
        """As the WebUI, by another module."""
        module = importlib.import_module("modules.generation_parameters_copypaste")
        return module.create_override_settings_dict(pairs)  # type: ignore[no-any-return]

    def put(self, p: Any, settings: dict[str, Any]) -> dict[str, Any]:
        """Clip skip belongs to the run; what is no setting here would be lost on the way."""
        from modules import shared

        if _CLIP_SKIP in settings:
            p.clip_skip = settings[_CLIP_SKIP]
        known = shared.opts.data_labels
        return {key: value for key, value in settings.items() if key in known and key != _CLIP_SKIP}

    def filled(self, value: Any) -> Any:
        """A plain value of a function is looked up among the names of parameters here, which a function has not."""
        import gradio as gr

        return value if value is None or isinstance(value, dict) else gr.update(value=value)

    def aside(self, p: Any) -> str:
        """A cell of its X/Y/Z grid has values that the tick would overwrite."""
        if getattr(p, "xyz", False):
            return "SD.Next's XYZ grid sets the values of each cell itself, so Pure negative does nothing there."
        return super().aside(p)

    def is_api(self, _p: Any) -> bool:
        """The run itself does not know; the program's state does."""
        from modules import shared

        return bool(shared.state.api)

    def comment(self, p: Any, text: str) -> None:
        """Kept until the run is over."""
        vars(p).setdefault(_LINES, {})[text] = 1

    def comments(self, p: Any) -> list[str]:
        """As kept."""
        return list(vars(p).get(_LINES, ()))

    def show_comments(self, p: Any, processed: Any) -> None:
        """Below the pictures, and in the API's answer."""
        lines = self.comments(p)
        if not lines:
            return
        processed.comments = "\n".join(filter(None, [processed.comments, *lines]))
        processed.extra_generation_params = {**processed.extra_generation_params, names.NOTES: lines}

    def block(self, p: Any, stop: Callable[..., NoReturn]) -> None:
        """The run copies its override settings outside of what catches errors."""
        from modules import shared

        class Blocked(dict[str, Any]):
            """Settings of a run that is not to be."""

            def copy(self) -> NoReturn:
                shared.state.end()  # where a program asked for it, nobody else says that it is over
                stop()

        p.override_settings = Blocked()


def _record(info: Any) -> Any:
    """A checkpoint's record as the WebUI has it."""
    name = getattr(info, "model_name", None) or info.name
    return SimpleNamespace(name_for_extra=name, shorthash=info.shorthash, name=info.name, title=info.title)
