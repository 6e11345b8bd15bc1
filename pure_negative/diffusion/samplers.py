"""Every sampler of the WebUI by its name: written here, not taken from diffusers' schedulers.

The picture must be the WebUI's: k-diffusion's sums over any sigmas, with noise for each picture from its own seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor

from pure_negative.diffusion import dpm_solver, ode_samplers, preflight, sde_samplers, timestep_samplers
from pure_negative.diffusion.brownian import BrownianNoise
from pure_negative.diffusion.denoiser import Denoiser
from pure_negative.diffusion.noise import SeedNoise
from pure_negative.diffusion.sampling import Report, Run, TimestepRun
from pure_negative.diffusion.sigmas import BETA, NoiseTable, sigmas
from pure_negative.diffusion.unipc import unipc
from pure_negative.planning.request import Request
from pure_negative.rules import schedule_type

BY_SIGMAS: Mapping[str, Callable[[Tensor, Run], Tensor]] = {
    "DPM++ 2M": ode_samplers.dpmpp_2m,
    "DPM++ SDE": sde_samplers.dpmpp_sde,
    "DPM++ 2M SDE": sde_samplers.dpmpp_2m_sde,
    "DPM++ 2M SDE Heun": sde_samplers.dpmpp_2m_sde_heun,
    "DPM++ 2S a": sde_samplers.dpmpp_2s_ancestral,
    "DPM++ 3M SDE": sde_samplers.dpmpp_3m_sde,
    "Euler a": sde_samplers.euler_ancestral,
    "Euler": ode_samplers.euler,
    "LMS": ode_samplers.lms,
    "Heun": ode_samplers.heun,
    "DPM2": ode_samplers.dpm_2,
    "DPM2 a": sde_samplers.dpm_2_ancestral,
    "DPM fast": dpm_solver.fast,
    "DPM adaptive": dpm_solver.adaptive,
    "Restart": sde_samplers.restart,
    "LCM": sde_samplers.lcm,
}
BY_TIMESTEPS: Mapping[str, Callable[[Tensor, TimestepRun], Tensor]] = {
    "DDIM": timestep_samplers.ddim,
    "DDIM CFG++": timestep_samplers.ddim_cfgpp,
    "PLMS": timestep_samplers.plms,
    "UniPC": unipc,
}


@dataclass(frozen=True)
class Sampling:
    """How a batch is sampled: the sampler and the schedule type by the WebUI's names, and the model's noise levels."""

    sampler: str
    scheduler: str
    steps: int
    table: NoiseTable
    xl: bool = False

    def run(self, denoiser: Denoiser, noise: SeedNoise, report: Report) -> Tensor:
        """Clean latents from the noise of a batch.

        Args:
            denoiser: the model with the prompts of the batch.
            noise: from the seeds of the batch.
            report: called with the number of steps done, which rises to `steps`.

        Raises:
            PureNegativeError: a sampler or a schedule type that the engine does not have.
        """
        preflight.has("sampler", self.sampler, preflight.SAMPLERS)
        told = _Told(report, self.steps)
        by_timesteps = BY_TIMESTEPS.get(self.sampler)
        if by_timesteps:
            latents = by_timesteps(noise.draw(), self._by_timesteps(denoiser, told))
        else:
            run = self.by_sigmas(denoiser, noise, told)
            latents = BY_SIGMAS[self.sampler](noise.draw() * run.sigmas[0], run)
        told(self.steps)
        return latents

    def _by_timesteps(self, denoiser: Denoiser, report: Report) -> TimestepRun:
        alphas = self.table.alphas
        return TimestepRun(denoiser.noise, alphas, timestep_samplers.spaced(self.steps, len(alphas)), report)

    def by_sigmas(self, denoiser: Denoiser, noise: SeedNoise, report: Report) -> Run:
        """The run of a sampler that goes over noise levels."""
        consistency = self.sampler == "LCM"
        table = self.table.for_lcm() if consistency else self.table
        levels = sigmas(self.scheduler, self.sampler, self.steps, table, self.xl)
        between = BrownianNoise(noise.seeds, levels, noise.of_seed)
        denoise = denoiser.consistent if consistency else denoiser
        return Run(denoise, levels, noise.draw, between, report, table.lowest, table.highest, self.steps)


def described(request: Request) -> dict[str, str]:
    """What the infotext says of a schedule type beside its name."""
    if schedule_type.resolve(request.sampler, request.scheduler) != "Beta" or request.sampler in BY_TIMESTEPS:
        return {}
    return {f"Beta schedule {name}": str(BETA) for name in ("alpha", "beta")}


class _Told:
    """Reports each number of steps once, and none above what was asked for: some samplers take a few more or fewer."""

    def __init__(self, report: Report, steps: int) -> None:
        self._report = report
        self._steps = steps
        self._done = 0

    def __call__(self, done: int) -> None:
        if self._done < min(done, self._steps):
            self._done = min(done, self._steps)
            self._report(self._done)
