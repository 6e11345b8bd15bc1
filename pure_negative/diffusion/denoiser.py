"""The UNet as a denoiser with classifier-free guidance, each picture with its own prompts and CFG scale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pure_negative.diffusion.sigmas import NoiseTable
from pure_negative.guidance import mix


class Denoiser:
    """What the samplers call: noisy latents and a step to the guided picture in them.

    Prompts of as many chunks share a UNet call; a picture whose prompt and negative prompt differ in chunks takes two,
    so that each picture is what it would be alone.
    """

    def __init__(
        self,
        unet: Any,
        conds: Sequence[Tensor],
        unconds: Sequence[Tensor],
        scales: Tensor,
        sigmas: Tensor,
        table: NoiseTable,
        velocity: bool = False,
    ) -> None:
        self._unet = unet
        self._scales = scales
        self._timesteps = table.timesteps(sigmas[:-1]).to(scales.device)
        self._input_scales = 1 / (sigmas**2 + 1.0) ** 0.5
        # How much of the noisy latents, and of what the model predicts, is the picture (Karras et al. 2022, eq. 7).
        self._kept = self._input_scales**2 if velocity else torch.ones_like(sigmas)
        self._added = -sigmas * self._input_scales if velocity else -sigmas
        self._groups = _by_length([*conds, *unconds], unet.dtype)

    def __call__(self, x: Tensor, step: int) -> Tensor:
        """The guided prediction of the clean latents, for each picture: of a model of noise, x - sigma * noise."""
        scaled = (x * self._input_scales[step]).to(self._unet.dtype)
        predicted = self._predictions(torch.cat([scaled, scaled]), self._timesteps[step]).to(x.dtype)
        clean = torch.cat([x, x]) * self._kept[step] + predicted * self._added[step]
        cond, uncond = clean.chunk(2)
        return mix(cond, uncond, self._scales)

    def _predictions(self, rows: Tensor, timestep: Tensor) -> Tensor:
        if len(self._groups) == 1:
            return self._predict(rows, timestep, self._groups[0][1])
        predicted = torch.empty_like(rows)
        for places, texts in self._groups:
            predicted[places] = self._predict(rows[places], timestep, texts)
        return predicted

    def _predict(self, rows: Tensor, timestep: Tensor, texts: Tensor) -> Tensor:
        predicted: Tensor = self._unet(rows, timestep, encoder_hidden_states=texts, return_dict=False)[0]
        return predicted


def _by_length(texts: Sequence[Tensor], dtype: torch.dtype) -> list[tuple[Tensor, Tensor]]:
    """Rows of as many tokens together: (their places, their conditionings [rows, tokens, width])."""
    places: dict[int, list[int]] = {}
    for place, text in enumerate(texts):
        places.setdefault(len(text), []).append(place)
    return [
        (torch.tensor(rows, device=texts[0].device), torch.stack([texts[row] for row in rows]).to(dtype))
        for rows in places.values()
    ]
