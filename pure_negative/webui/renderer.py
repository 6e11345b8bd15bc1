"""The WebUI as a renderer: a batch of requests in one of its own txt2img runs, each picture at its own CFG scale."""

from __future__ import annotations

import gc
from collections.abc import Hashable, Sequence
from copy import copy
from typing import Any

from pure_negative import fields, infotext
from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.request import Model, Progress, Request
from pure_negative.sheet import batches
from pure_negative.sheet.run import Skipped
from pure_negative.webui import apply, axes, scales
from pure_negative.webui.host import WebuiHost


class WebuiRenderer:
    """Renders copies of a run `p`, whose other settings (hires fix, styles, refiner, …) hold for every picture.

    `packed` gives the compact infotext field for a request.
    """

    def __init__(self, p: Any, packed: dict[Request, str]) -> None:
        self.p = p
        self.packed = packed
        self.infotexts: dict[Request, str] = {}

    @property
    def model(self) -> Model:
        """The loaded checkpoint."""
        return WebuiHost().model() or Model("none", "")

    def chunks(self, text: str) -> int:
        """How many chunks a negative prompt fills with the run's styles."""
        from modules import sd_hijack, shared

        styled = shared.prompt_styles.apply_negative_styles_to_prompt(text, self.p.styles)
        return _chunks(sd_hijack, styled)

    def key(self, request: Request) -> Hashable:
        """What the pictures of a batch must agree on here: the prompt too, whose length pads its neighbours."""
        return batches.shape_of(request), self.chunks(request.negative_prompt), request.prompt

    def render(self, batch: Sequence[Request], _: Progress | None = None) -> list[Any]:
        """One picture for each request; `infotexts` then holds the text the WebUI wrote for each.

        Raises:
            OutOfMemory: the batch is too large for the machine.
            Skipped: the user skipped or interrupted it.
            PureNegativeError: the WebUI could not make it, or not at the scales asked for.
        """
        from modules import processing

        own = self._run_for(batch)
        try:
            done = processing.process_images(own)
        except Exception as error:
            raise _told(error) from error
        _check(own)
        first = done.index_of_first_image
        images, texts = done.images[first:], done.infotexts[first:]
        self.infotexts |= dict(zip(batch, texts, strict=False))
        return list(images[: len(batch)])

    def _run_for(self, batch: Sequence[Request]) -> Any:
        """A run of its own for the batch, sharing nothing that it changes."""
        own, first = copy(self.p), batch[0]
        own.prompt = [request.prompt for request in batch]
        own.negative_prompt = [request.negative_prompt for request in batch]
        own.seed = [request.seed for request in batch]
        own.subseed = [self.p.subseed if isinstance(self.p.subseed, int) else -1] * len(batch)
        own.batch_size, own.n_iter = len(batch), 1
        own.width, own.height, own.steps = first.width, first.height, first.steps
        own.sampler_name, own.scheduler = first.sampler, first.scheduler
        own.styles = list(self.p.styles)
        own.do_not_save_grid = True
        own.override_settings = apply.stored({**self.p.override_settings, **_settings(first)})
        own.extra_generation_params = {**self.p.extra_generation_params, **self._texts(batch)}
        self._hires(own, batch)
        values = [float(request.cfg_scale) for request in batch]
        own.cfg_scale = scales.base_for(values)
        setattr(own, scales.ATTRIBUTE, scales.Scales(values, own.cfg_scale))
        setattr(own, axes.OWN_RUN, True)
        return own

    def _texts(self, batch: Sequence[Request]) -> dict[str, Any]:
        """What differs from picture to picture, as lists, which the WebUI reads by the place in the batch."""
        texts: dict[str, Any] = {
            "CFG scale": [fields.tidy(float(request.cfg_scale)) for request in batch],
            infotext.FIELD: [self.packed[request] for request in batch],
        }
        if batch[0].emphasis != "Original":
            texts["Emphasis"] = batch[0].emphasis
        return texts

    def _hires(self, own: Any, batch: Sequence[Request]) -> None:
        """A typed hires prompt holds for every picture; an empty negative copies each picture's own."""
        typed = getattr(self.p, "hr_negative_prompt", "")
        if isinstance(typed, str) and typed.strip():
            own.hr_negative_prompt = [typed] * len(batch)
        prompt = getattr(self.p, "hr_prompt", "")
        if isinstance(prompt, str) and prompt.strip():
            own.hr_prompt = [prompt] * len(batch)


def _chunks(sd_hijack: Any, text: str) -> int:
    _, length = sd_hijack.model_hijack.get_prompt_lengths(text)
    return length // 75 if isinstance(length, int) else 1


def _settings(request: Request) -> dict[str, Any]:
    return {apply.CLIP_SKIP: request.clip_skip, "emphasis": request.emphasis}


def _check(own: Any) -> None:
    """Whether the pictures are what was asked for."""
    from modules import shared

    if shared.state.interrupted or shared.state.skipped:
        raise Skipped
    used = getattr(own, scales.ATTRIBUTE)
    if used.trouble or not used.used:
        reason = used.trouble[0] if used.trouble else "this model is guided in a way that has no CFG scale per picture"
        raise PureNegativeError(f"sheet: {reason}.")


def _told(error: Exception) -> PureNegativeError:
    from modules import devices

    text = str(error)
    if isinstance(error, (devices.torch.cuda.OutOfMemoryError, MemoryError)) or "not enough memory" in text:
        gc.collect()
        devices.torch_gc()
        return OutOfMemory(f"the batch does not fit into memory: {text.splitlines()[0] if text else 'out of memory'}")
    if isinstance(error, PureNegativeError):
        return error
    return PureNegativeError(f"the WebUI could not make this batch: {type(error).__name__}: {text[:300]}")
