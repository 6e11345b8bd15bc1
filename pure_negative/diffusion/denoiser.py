"""The UNet as a denoiser with classifier-free guidance, each picture with its own prompts and CFG scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from pure_negative.diffusion.sampling import Guided
from pure_negative.diffusion.sigmas import NoiseTable
from pure_negative.diffusion.text_encoder import Conditioning
from pure_negative.guidance import mix


class Denoiser:
    """What the samplers call: noisy latents and their noise level to the guided picture, or the noise, in them.

    Prompts of as many chunks share a UNet call; a picture whose prompt and negative prompt differ in chunks takes two,
    so that each picture is what it would be alone.
    """

    def __init__(
        self,
        unet: Any,
        conds: Sequence[Conditioning],
        unconds: Sequence[Conditioning],
        scales: Tensor,
        table: NoiseTable,
        velocity: bool = False,
        size: tuple[int, int] = (0, 0),
    ) -> None:
        self._unet = unet
        self._scales = scales
        self._table = table
        self._velocity = velocity
        self._groups = _by_length([*conds, *unconds], unet.dtype, size)

    def __call__(self, x: Tensor, sigma: Tensor) -> Tensor:
        """The guided prediction of the clean latents, for each picture: of a model of noise, x - sigma * noise.

        Args:
            x: the picture plus sigma times noise.
            sigma: one level for all, on the CPU.
        """
        scale = 1 / (sigma**2 + 1.0) ** 0.5
        predicted = self._both(x * scale, self._table.timesteps(sigma))
        # How much of the noisy latents, and of what the model predicts, is the picture (Karras et al. 2022, eq. 7).
        kept, added = (scale**2, -sigma * scale) if self._velocity else (torch.ones_like(sigma), -sigma)
        cond, uncond = (torch.cat([x, x]) * kept + predicted * added).chunk(2)
        return mix(cond, uncond, self._scales)

    def noise(self, x: Tensor, timestep: float, factor: float) -> Guided:
        """The noise that the model sees in latents of variance 1.

        Args:
            x: the latents.
            timestep: one for all, which may have a fraction.
            factor: multiplies the CFG scales.
        """
        predicted = self._both(x, torch.tensor(timestep))
        if self._velocity:  # Salimans and Ho 2022, appendix D
            share = self._table.alphas[int(timestep)]
            predicted = share.sqrt() * predicted + (1 - share).sqrt() * torch.cat([x, x])
        cond, uncond = predicted.chunk(2)
        return Guided(mix(cond, uncond, self._scales * factor), uncond)

    def consistent(self, x: Tensor, sigma: Tensor) -> Tensor:
        """As a latent consistency model is asked: at the nearest of its levels, with its boundary condition.

        Luo et al. 2023, eq. 9 and appendix, where the timestep is scaled by 10 and the data's deviation is 0.5. As in
        the WebUI, what the model predicts is taken for noise, be it that or the velocity.
        """
        timestep = self._table.nearest_for_lcm(sigma)
        cond, uncond = self._both(x / (sigma**2 + 1.0) ** 0.5, torch.tensor(float(timestep))).chunk(2)
        clean = x - sigma * mix(cond, uncond, self._scales)
        size = math.hypot(10 * timestep, 0.5)
        return clean * (10 * timestep / size) + x * (0.5 / size) ** 2

    def _both(self, scaled: Tensor, timestep: Tensor) -> Tensor:
        """What the model predicts with the prompts, then with the negative prompts: [2 · pictures, …] in x's dtype."""
        rows = scaled.to(self._unet.dtype)
        return self._predictions(torch.cat([rows, rows]), timestep.to(scaled.device)).to(scaled.dtype)

    def _predictions(self, rows: Tensor, timestep: Tensor) -> Tensor:
        if len(self._groups) == 1:
            return self._predict(rows, timestep, self._groups[0])
        predicted = torch.empty_like(rows)
        for group in self._groups:
            predicted[group.places] = self._predict(rows[group.places], timestep, group)
        return predicted

    def _predict(self, rows: Tensor, timestep: Tensor, group: _Group) -> Tensor:
        more = {"added_cond_kwargs": group.added} if group.added else {}
        predicted: Tensor = self._unet(rows, timestep, encoder_hidden_states=group.texts, return_dict=False, **more)[0]
        return predicted


@dataclass(frozen=True)
class _Group:
    """Rows of as many tokens: their places, their texts [rows, tokens, width], and what SDXL's UNet takes beside."""

    places: Tensor
    texts: Tensor
    added: Mapping[str, Tensor]


def _by_length(texts: Sequence[Conditioning], dtype: torch.dtype, size: tuple[int, int]) -> list[_Group]:
    """Rows of as many tokens together."""
    places: dict[int, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(len(text.tokens), []).append(place)
    return [_group(rows, [texts[row] for row in rows], dtype, size) for rows in places.values()]


def _group(rows: list[int], texts: Sequence[Conditioning], dtype: torch.dtype, size: tuple[int, int]) -> _Group:
    tokens = torch.stack([each.tokens for each in texts]).to(dtype)
    pooled = [each.pooled for each in texts if each.pooled is not None]
    added = {}
    if pooled:
        # Height and width, the crop's top and left, the target's height and width: the WebUI's settings leave the crop
        # at 0 and take the picture's own size twice.
        numbers = torch.tensor([[*size, 0, 0, *size]] * len(rows), device=tokens.device)
        added = {"text_embeds": torch.stack(pooled).to(dtype), "time_ids": numbers}
    return _Group(torch.tensor(rows, device=tokens.device), tokens, added)
