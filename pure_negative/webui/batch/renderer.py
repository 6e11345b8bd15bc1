"""The WebUI as a renderer: a batch of requests in one of its own txt2img runs, each picture at its own CFG scale."""

from __future__ import annotations

import contextlib
import gc
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Protocol

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
from pure_negative.webui.batch import (
    batch_noise,
    drawn_prompts,
    negative_weights,
    processing_copy,
    prompt_schedules,
)
from pure_negative.webui.core import apply, checkpoints, kept_settings, refusal
from pure_negative.webui.hosts import cfg_scales, detect

Values = tuple[tuple[str, str], ...]
_JOINED = re.compile(r"\bAND\b")
_NETWORK = re.compile(r"<\w+:[^>]+>")
_LOADED = ("sd_vae_name", "sd_vae_hash")
"""What a run learns when it runs, and the model record does not hold."""


class Axes(Protocol):
    """What axes that are the host's do to the runs that make batches; their values as requests have them."""

    def splitting(self, values: Values) -> Values:
        """Those that a whole batch must share."""

    def applied(self, values: Values) -> Any:
        """A copy of the run on which what a batch shares has acted."""

    def of_picture(self, values: Values, seed: int) -> Any:
        """A copy of the run that has one picture's own variation seed and styles."""


class WebuiRenderer:
    """Renders copies of a run `p`, whose other settings (hires fix, styles, refiner, …) hold for every picture.

    `plans` holds the plan behind each request; of cells with equal requests, the first one's. `axes` are the host's.
    """

    def __init__(self, p: Any, cells: Iterable[Cell], axes: Axes | None = None) -> None:
        self.p = p
        self.axes = axes
        self.plans: dict[Request, Plan] = {}
        self.infotexts: dict[Request, str] = {}
        self._lengths: dict[str, Hashable] = {}
        self._counted: dict[Hashable, Hashable] = {}
        for cell in cells:
            self.plans.setdefault(cell.request, cell.plan)

    @property
    def model(self) -> Model:
        """The checkpoint of the run: its own override setting, else the loaded one."""
        from modules import sd_models

        info = sd_models.checkpoint_aliases.get(self.p.override_settings.get("sd_model_checkpoint"))
        return checkpoints.recorded(info) if info else checkpoints.model()

    def chunks(self, text: str) -> int:
        """How many chunks a negative prompt fills with the run's styles, where the model has chunks."""
        found = self.length(text)
        return found if isinstance(found, int) else 1

    def length(self, text: str, styles: Sequence[str] | None = None) -> Hashable:
        """How long a negative prompt's conditioning is with the run's styles, or others: in chunks, mostly."""
        from modules import shared

        named = self.p.styles if styles is None else styles
        styled = shared.prompt_styles.apply_negative_styles_to_prompt(text, named)
        if styled not in self._lengths:
            words = _words(styled)
            if words not in self._counted:
                self._counted[words] = detect.current().length(styled)
            found = self._counted[words]
            counted = isinstance(found, int) or prompt_schedules.is_plain(styled)
            self._lengths[styled] = found if counted else styled
        return self._lengths[styled]

    def key(self, request: Request) -> Hashable:
        """What the pictures of a batch must agree on here: the prompts' lengths too, which pad their neighbours'."""
        styles = list(self._seen(request).styles)
        negatives = (request.negative_prompt, self.hires_negative(request))
        here, texts = detect.current(), self._prompts(request, styles)
        drawn = drawn_prompts.draws(self.p, *texts)
        alone = here.alone(request.sampler) or here.singly() or drawn or self._draws(request)
        shape = request if alone else batches.shape_of(request)
        shared: tuple[Hashable, ...] = self.axes.splitting(request.host) if self.axes else ()
        shared += tuple(styles) if self.p.enable_hr else ()
        shared += negative_weights.shared(self.p, *texts)
        prompt = self._prompt_key(request.prompt, styles)
        return shape, shared, prompt, *(self.length(text, styles) for text in negatives)

    def _draws(self, request: Request) -> bool:
        """Whether more noise than the seed's is drawn for a whole batch in turn: the WebUI's own for the VAE, too.

        That is where the hires pass encodes a picture, since its upscaler is not a latent one.
        """
        from modules import shared

        own = self._seen(request)
        encoded = own.enable_hr and own.hr_upscaler not in (None, *shared.latent_upscale_modes)
        return bool(encoded) or batch_noise.drawn(own)

    def is_drawn(self, request: Request) -> bool:
        """Whether another extension draws the prompts of this picture by itself."""
        return drawn_prompts.draws(self.p, *self._prompts(request, list(self._seen(request).styles)))

    def _prompts(self, request: Request, styles: Sequence[str]) -> tuple[str, ...]:
        """All texts of a picture, with its styles."""
        from modules import shared

        known = shared.prompt_styles
        prompt = known.apply_styles_to_prompt(request.prompt, styles)
        negative = known.apply_negative_styles_to_prompt(request.negative_prompt, styles)
        return prompt, negative, getattr(self.p, "hr_prompt", None) or "", self.hires_negative(request)

    def _seen(self, request: Request) -> Any:
        """As `_own`, as far as it is known before a picture is made."""
        try:
            return self._own(request)
        except PureNegativeError:  # told when the picture is to be made
            return self.p

    def _prompt_key(self, prompt: str, styles: Sequence[str]) -> Hashable:
        """What of a prompt the others of its batch must have too.

        That is how many chunks it fills; but all of it where AND or prompt editing gives it more than one text, and
        what names extra networks, which the WebUI takes from a batch's first picture.
        """
        from modules import shared

        styled = shared.prompt_styles.apply_styles_to_prompt(prompt, styles)
        if _JOINED.search(styled) or not prompt_schedules.is_plain(styled):
            return str(styled)
        return self.length(_NETWORK.sub("", styled), ()), *_NETWORK.findall(styled)

    def _own(self, request: Request) -> Any:
        """The run as it says what a picture has of its own: its variation seed and its styles."""
        return self.axes.of_picture(request.host, request.seed) if self.axes and request.host else self.p

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
        drawn = self.is_drawn(batch[0])
        with kept_settings.kept() if batch[0].host else contextlib.nullcontext(set) as changed:
            own = self._run_for(batch[:1] if drawn else batch)
            if drawn:
                _single(own)
            else:
                drawn_prompts.leave_out(own)
            changed()
            done = _processed(own)
        _check(own, done)
        self._tell_left(drawn_prompts.left(own))
        for name in _LOADED:  # `p` itself never runs, and what is said of the whole is made of it
            setattr(self.p, name, getattr(own, name, None))
        first = done.index_of_first_image
        images, texts = done.images[first:], done.infotexts[first:]
        if drawn:  # the cells of such a batch are alike
            images, texts = images[:1] * len(batch), texts[:1] * len(batch)
        self.infotexts |= dict(zip(batch, texts, strict=False))
        return list(images[: len(batch)])

    def _tell_left(self, texts: Sequence[str]) -> None:
        """Say that templates were drawn as they stand, once for each."""
        for text in texts:
            told = f"Dynamic Prompts left {validate.shown(text)} as it is; see the console."
            refusal.tell(self.p, names.SHEET, told)

    def _run_for(self, batch: Sequence[Request]) -> Any:
        """A run of its own for the batch, sharing nothing that it changes."""
        first = batch[0]
        base = self.axes.applied(self.axes.splitting(first.host)) if self.axes and first.host else self.p
        own = processing_copy.copy_of(base)
        own.prompt = [request.prompt for request in batch]
        own.negative_prompt = [request.negative_prompt for request in batch]
        own.seed = [request.seed for request in batch]
        pictures = [self._own(request) for request in batch]
        own.subseed = [int(each.subseed) for each in pictures]
        own.batch_size, own.n_iter = len(batch), 1
        own.width, own.height, own.steps = first.width, first.height, first.steps
        detect.current().sample(own, first.sampler, first.scheduler)
        _styled(own, [list(each.styles) for each in pictures])
        own.do_not_save_grid = True
        own.override_settings = apply.stored({**base.override_settings, **apply.settings_of(first), **_files(first)})
        own.extra_generation_params = {**base.extra_generation_params, **self._texts(batch)}
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


def _single(own: Any) -> None:
    """The run of one picture as any other run of one is, its values no lists."""
    for name in ("prompt", "negative_prompt", "hr_negative_prompt", "seed", "subseed"):
        value = getattr(own, name, None)
        if isinstance(value, list):
            setattr(own, name, value[0])


def _styled(own: Any, styles: Sequence[list[str]]) -> None:
    """The batch's styles; where its pictures have others each, they are put into the prompts here."""
    from modules import shared

    own.styles = styles[0]
    if all(each == styles[0] for each in styles):
        return
    own.styles, known = [], shared.prompt_styles
    positive, negative = known.apply_styles_to_prompt, known.apply_negative_styles_to_prompt
    own.prompt = [positive(text, each) for text, each in zip(own.prompt, styles, strict=True)]
    own.negative_prompt = [negative(text, each) for text, each in zip(own.negative_prompt, styles, strict=True)]


def _files(request: Request) -> dict[str, Any]:
    """The settings that name the files a request is to be made with; says so where one is to be loaded first."""
    from modules import shared

    found: dict[str, Any] = {}
    if request.checkpoint:
        info = checkpoints.record(request.checkpoint)
        found[checkpoints.CHECKPOINT] = info.name
        if info is not detect.current().checkpoint():
            shared.state.textinfo = f"loading {info.name}"
    return found | ({checkpoints.VAE: checkpoints.vae(request.vae)} if request.vae else {})


def _words(text: str) -> Hashable:
    """What of a prompt becomes tokens: weights do not, unless this WebUI takes brackets for text."""
    from modules import shared

    if shared.opts.emphasis == "None":
        return text
    try:
        return tuple(words for words, _ in attention.parse(text))
    except PureNegativeError:
        return text


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
