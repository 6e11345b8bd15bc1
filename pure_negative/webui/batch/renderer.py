"""The WebUI as a renderer: a batch of requests in one of its own txt2img runs, each picture at its own CFG scale."""

from __future__ import annotations

import gc
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.io import validate
from pure_negative.planning import infotext, plan
from pure_negative.planning.plan import Plan, Tab
from pure_negative.planning.request import Model, Progress, Request
from pure_negative.prompt import attention
from pure_negative.sheet import batches
from pure_negative.sheet.crew import Skipped
from pure_negative.sheet.definition import Cell
from pure_negative.webui import names
from pure_negative.webui.batch import processing_copy
from pure_negative.webui.core import apply
from pure_negative.webui.core.host import WebuiHost
from pure_negative.webui.hosts import cfg_scales, detect

_LOADED = ("sd_vae_name", "sd_vae_hash")
"""What a run learns when it runs, and the model record does not hold."""


class WebuiRenderer:
    """Renders copies of a run `p`, whose other settings (hires fix, styles, refiner, …) hold for every picture.

    `plans` holds the plan behind each request; of cells with equal requests, the first one's.
    """

    def __init__(self, p: Any, cells: Iterable[Cell]) -> None:
        self.p = p
        self.plans: dict[Request, Plan] = {}
        self.infotexts: dict[Request, str] = {}
        self._chunks: dict[str, int] = {}
        self._counted: dict[Hashable, int] = {}
        for cell in cells:
            self.plans.setdefault(cell.request, cell.plan)

    @property
    def model(self) -> Model:
        """The checkpoint of the run: its own override setting, else the loaded one."""
        from modules import sd_models

        info = sd_models.checkpoint_aliases.get(self.p.override_settings.get("sd_model_checkpoint"))
        chosen = Model(info.name_for_extra, info.shorthash or "") if info else WebuiHost().model()
        return chosen or Model("none", "")

    def chunks(self, text: str) -> int:
        """How many chunks a negative prompt fills with the run's styles."""
        from modules import shared

        if text not in self._chunks:
            styled = shared.prompt_styles.apply_negative_styles_to_prompt(text, self.p.styles)
            words = _words(styled)
            if words not in self._counted:
                self._counted[words] = _chunks(styled)
            self._chunks[text] = self._counted[words]
        return self._chunks[text]

    def key(self, request: Request) -> Hashable:
        """What the pictures of a batch must agree on here: the prompt too, whose length pads its neighbours."""
        negatives = (request.negative_prompt, self.hires_negative(request))
        shape = request if detect.current().alone(request.sampler) else batches.shape_of(request)
        return shape, request.prompt, *map(self.chunks, negatives)

    def hires_negative(self, request: Request) -> str:
        """A typed hires negative prompt is joined like the first (`apply`); an empty one copies the first."""
        typed, made = self.p.hr_negative_prompt, self.plans[request]
        if not typed or "negative" not in made.sets:
            return str(typed or "")
        return plan.make(made.choices, Tab(negative_prompt=typed), made.base).negative_prompt

    def packed(self, request: Request) -> str:
        """The compact field of a picture's infotext."""
        return infotext.pack(self.plans[request])

    def described(self, request: Request) -> Mapping[str, str]:  # noqa: ARG002
        """Nothing: the WebUI's own infotexts say all."""
        return {}

    def render(self, batch: Sequence[Request], _: Progress | None = None) -> list[Any]:
        """One picture for each request; `infotexts` then holds the text the WebUI wrote for each.

        Raises:
            OutOfMemory: the batch is too large for the machine.
            Skipped: the user skipped, interrupted or stopped it.
            PureNegativeError: the WebUI could not make it, or not at the scales asked for.
        """
        own = self._run_for(batch)
        done = _processed(own)
        _check(own, done)
        for name in _LOADED:  # `p` itself never runs, and what is said of the whole is made of it
            setattr(self.p, name, getattr(own, name, None))
        first = done.index_of_first_image
        images, texts = done.images[first:], done.infotexts[first:]
        self.infotexts |= dict(zip(batch, texts, strict=False))
        return list(images[: len(batch)])

    def _run_for(self, batch: Sequence[Request]) -> Any:
        """A run of its own for the batch, sharing nothing that it changes."""
        own, first = processing_copy.copy_of(self.p), batch[0]
        own.prompt = [request.prompt for request in batch]
        own.negative_prompt = [request.negative_prompt for request in batch]
        own.seed = [request.seed for request in batch]
        own.subseed = [self.p.subseed] * len(batch)
        own.batch_size, own.n_iter = len(batch), 1
        own.width, own.height, own.steps = first.width, first.height, first.steps
        own.sampler_name, own.scheduler = first.sampler, first.scheduler
        own.styles = list(self.p.styles)
        own.do_not_save_grid = True
        own.override_settings = apply.stored({**self.p.override_settings, **apply.settings_of(first)})
        own.extra_generation_params = {**self.p.extra_generation_params, **self._texts(batch)}
        values = [float(request.cfg_scale) for request in batch]
        own.cfg_scale = cfg_scales.base_for(values)
        setattr(own, names.CFG_SCALES, cfg_scales.Scales(values, own.cfg_scale))
        if own.enable_hr:
            self._hires(own, batch)
        setattr(own, names.OWN_RUN, True)
        return own

    def _texts(self, batch: Sequence[Request]) -> dict[str, Any]:
        """What differs from picture to picture, as lists, which the WebUI reads by the place in the batch."""
        texts: dict[str, Any] = {
            "CFG scale": [validate.tidy(float(request.cfg_scale)) for request in batch],
            infotext.FIELD: [self.packed(request) for request in batch],
        }
        return texts | apply.lost(batch[0])

    def _hires(self, own: Any, batch: Sequence[Request]) -> None:
        """The second pass's prompts, picture by picture.

        Once they are expanded, the fields hold one text again: the WebUI's own "Comments" script wants that.
        """
        if own.hr_negative_prompt:
            own.hr_negative_prompt = [self.hires_negative(request) for request in batch]
        planned = [request.cfg_scale if "cfg" in self.plans[request].sets else None for request in batch]
        detect.current().spread_hires(own, getattr(own, names.CFG_SCALES), planned)
        set_up = own.setup_prompts

        def setup_prompts() -> None:
            set_up()
            own.hr_prompt, own.hr_negative_prompt = own.all_hr_prompts[0], own.all_hr_negative_prompts[0]

        own.setup_prompts = setup_prompts


def _words(text: str) -> Hashable:
    """What of a prompt becomes tokens: weights do not, unless this WebUI takes brackets for text."""
    from modules import shared

    if shared.opts.emphasis == "None":
        return text
    try:
        return tuple(words for words, _ in attention.parse(text))
    except PureNegativeError:
        return text


def _chunks(text: str) -> int:
    lengths = detect.current().lengths(text)
    return lengths[1] // 75 if lengths else 1


def _processed(own: Any) -> Any:
    """The run's result; an error is told after its frames are gone, since they hold the batch's memory."""
    from modules import devices, processing

    try:
        return processing.process_images(own)
    except Exception as error:
        trouble = _told(error)
    finally:
        getattr(own, names.CFG_SCALES).release()
    gc.collect()
    devices.torch_gc()
    raise trouble


def _told(error: Exception) -> PureNegativeError:
    from modules import errors

    text = str(error)
    if _is_out_of_memory(error):
        return OutOfMemory(f"not enough memory for the batch: {text.splitlines()[0] if text else 'out of memory'}")
    if isinstance(error, PureNegativeError):
        return error
    errors.report("Pure negative sheet: a batch failed", exc_info=True)
    return PureNegativeError(f"the WebUI could not make this batch: {type(error).__name__}: {text[:300]}")


def _is_out_of_memory(error: Exception) -> bool:
    """CUDA has a class for it; other devices, and the processor, have sentences."""
    from modules import devices

    said = ("not enough memory", "can't allocate memory", "out of memory")
    known = (devices.torch.cuda.OutOfMemoryError, MemoryError)
    return isinstance(error, known) or any(part in str(error).lower() for part in said)


def _check(own: Any, done: Any) -> None:
    """Whether the pictures are what was asked for."""
    from modules import shared

    state = shared.state
    if state.interrupted or state.skipped or (state.stopping_generation and not done.images):
        raise Skipped
    used = getattr(own, names.CFG_SCALES)
    if used.trouble or not used.used:
        reason = used.trouble[0] if used.trouble else "this model's sampling does not support a CFG scale per picture"
        raise PureNegativeError(f"sheet: {reason}.")
