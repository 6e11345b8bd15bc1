"""One picture to make, in the field's own terms, and the interface of whatever makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pure_negative import options

if TYPE_CHECKING:
    from PIL.Image import Image

SHARED = ("width", "height", *options.of_sampling(), "checkpoint", "vae")
"""What the pictures of one batch have in common."""


@dataclass(frozen=True)
class Request:
    """One txt2img picture. Sizes are pixels; `seed` is already fixed (never -1).

    `sampler` and `scheduler` are the WebUI's labels ("Euler", "Euler a", "DPM++ 2M"; "Automatic", "Karras", "Uniform"),
    `emphasis` is the WebUI's option of that name ("Original" or "No norm"). `checkpoint` and `vae` name the files it is
    made with where that is not for the host alone to say, `host` what the host sets for it beside: (axis, value) each.
    """

    prompt: str
    negative_prompt: str
    width: int
    height: int
    cfg_scale: float
    steps: int
    sampler: str
    scheduler: str
    seed: int
    clip_skip: int
    emphasis: str = "Original"
    checkpoint: str = ""
    vae: str = ""
    host: tuple[tuple[str, str], ...] = ()


NOISE_SOURCES = ("NV", "CPU")
"""Where a picture's noise comes from, by the WebUI's names; `NV` is what its default, `GPU`, draws on NVIDIA's."""
EARLIER_NOISE = "CPU"
"""What pictures without the WebUI were drawn with before it could be chosen."""


@dataclass(frozen=True)
class Model:
    """What the infotext says of a checkpoint, and of what is used with it.

    Hashes are the first ten hex digits of a file's SHA-256. `vae` is the file that replaces the checkpoint's own VAE,
    `noise` one of `NOISE_SOURCES`; both are "" where there is nothing to say.
    """

    name: str
    hash: str
    vae: str = ""
    vae_hash: str = ""
    noise: str = ""


Progress = Callable[[int, int], None]
"""Called after each denoising step with (steps done, steps in all)."""


class Renderer(Protocol):
    """The narrow door to whatever makes pictures: the stand-alone engine, the WebUI, or a test's fake."""

    @property
    def model(self) -> Model:
        """The checkpoint the pictures come from."""

    def chunks(self, text: str) -> int:
        """How many 75-token chunks a prompt fills; pictures of one batch must agree on it for their negatives."""

    def described(self, request: Request) -> Mapping[str, str]:
        """What a picture's infotext says beside its request and its model."""

    def render(self, batch: Sequence[Request], progress: Progress | None = None) -> list[Image]:
        """One picture for each request, in order. All share size, steps, sampler, scheduler, clip skip and emphasis."""


def model_of(renderer: Renderer, request: Request) -> Model:
    """What made a request's picture; a renderer of several checkpoints says it for each (`model_of`)."""
    own: Callable[[Request], Model] | None = getattr(renderer, "model_of", None)
    return renderer.model if own is None else own(request)
