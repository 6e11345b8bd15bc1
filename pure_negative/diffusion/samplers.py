"""The samplers, each a plain loop over the noise levels, with the arithmetic that k-diffusion and so the WebUI use.

Written here, not taken from diffusers' schedulers, because the picture must be the WebUI's: k-diffusion's sums over any
sigmas, with noise drawn for each picture from its own seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from pure_negative.diffusion import preflight

Denoise = Callable[[Tensor, int], Tensor]
"""(noisy latents, step) -> the picture the model sees in them; guided, same shape."""
Draw = Callable[[], Tensor]
"""The next noise, in the latents' shape."""
Report = Callable[[int], None]
"""Called after each step with the number of steps done."""
Sampler = Callable[[Denoise, Tensor, Tensor, Draw, Report], Tensor]
"""(denoise, noisy latents, sigmas [steps + 1], draw, report) -> clean latents."""


def euler(denoise: Denoise, x: Tensor, sigmas: Tensor, draw: Draw, report: Report) -> Tensor:  # noqa: ARG001
    """Euler: straight along the model's direction (Karras et al. 2022, algorithm 2 without churn)."""
    for step in range(len(sigmas) - 1):
        direction = (x - denoise(x, step)) / sigmas[step]
        x = x + direction * (sigmas[step + 1] - sigmas[step])
        report(step + 1)
    return x


def euler_ancestral(denoise: Denoise, x: Tensor, sigmas: Tensor, draw: Draw, report: Report) -> Tensor:
    """Euler a: a step to below the next noise level, then fresh noise up to it (eta 1)."""
    for step in range(len(sigmas) - 1):
        here, after = sigmas[step], sigmas[step + 1]
        direction = (x - denoise(x, step)) / here
        up = min(after, (after**2 * (here**2 - after**2) / here**2) ** 0.5)
        down = (after**2 - up**2) ** 0.5
        x = x + direction * (down - here)
        if after > 0:
            x = x + draw() * up
        report(step + 1)
    return x


def dpmpp_2m(denoise: Denoise, x: Tensor, sigmas: Tensor, draw: Draw, report: Report) -> Tensor:  # noqa: ARG001
    """DPM++ 2M: second order from the previous step's picture (Lu et al. 2022, algorithm 2, in -log sigma)."""
    before: Tensor | None = None
    times = -sigmas.log()
    for step in range(len(sigmas) - 1):
        picture = denoise(x, step)
        width = times[step + 1] - times[step]
        target = picture
        if before is not None and sigmas[step + 1] > 0:
            ratio = (times[step] - times[step - 1]) / width
            target = (1 + 1 / (2 * ratio)) * picture - (1 / (2 * ratio)) * before
        x = (sigmas[step + 1] / sigmas[step]) * x - (-width).expm1() * target
        before = picture
        report(step + 1)
    return x


def sampler(name: str) -> Sampler:
    """The sampler of the WebUI's name.

    Raises:
        PureNegativeError: a sampler the engine does not have.
    """
    preflight.has("sampler", name, preflight.SAMPLERS)
    return _SAMPLERS[name]


_SAMPLERS: Mapping[str, Sampler] = dict(zip(preflight.SAMPLERS, (euler, euler_ancestral, dpmpp_2m), strict=True))
