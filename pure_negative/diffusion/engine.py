"""The stand-alone renderer: requests in, the WebUI's pictures out, with no WebUI."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from PIL.Image import Image
from torch import Tensor

from pure_negative.diffusion import checkpoint, devices, preflight, toy
from pure_negative.diffusion import vae as decoding
from pure_negative.diffusion.denoiser import Denoiser
from pure_negative.diffusion.embeddings import hashes, missing
from pure_negative.diffusion.noise import SeedNoise
from pure_negative.diffusion.samplers import sampler
from pure_negative.diffusion.sigmas import sigmas
from pure_negative.errors import OutOfMemory, PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.request import NOISE_SOURCES, Model, Progress, Request
from pure_negative.prompt.syntax import split_trailing_weight, without_comments


class Engine:
    """A loaded checkpoint on the best device there is: CUDA in half precision, else the CPU in float32."""

    def __init__(self, loaded: checkpoint.Checkpoint, device: torch.device, noise: str = "CPU") -> None:
        self._loaded = loaded
        self._device = device
        self._noise = noise
        dtype = torch.float16 if device.type == "cuda" else torch.float32
        move: Any = torch.nn.Module.to  # each tensor once, where diffusers' own takes several rounds
        for module in (loaded.unet, loaded.vae):
            move(module, device=device, dtype=dtype, memory_format=torch.channels_last)
        loaded.text.to(device)

    @classmethod
    def load(
        cls, path: Path | None = None, noise: str = "CPU", vae: Path | None = None, embeddings: Path | None = None
    ) -> Engine:
        """The checkpoint in that file; None is the toy that comes with this project.

        Args:
            path: a checkpoint's file.
            noise: one of `NOISE_SOURCES`.
            vae: the file of a VAE that takes the place of the checkpoint's own.
            embeddings: a folder of textual inversion embeddings.

        Raises:
            PureNegativeError: no SD 1.x checkpoint can be read there.
        """
        with _memory("loading the checkpoint"):
            loaded = checkpoint.load(toy.ensure() if path is None else path, vae, embeddings)
            return cls(loaded, devices.best(), noise)

    @property
    def model(self) -> Model:
        return dataclasses.replace(self._loaded.model, noise=self._noise)

    @property
    def notes(self) -> tuple[str, ...]:
        """What changes the pictures and is unusual: in the checkpoint's file, and in embeddings named so far."""
        return (*self._loaded.notes, *self._loaded.text.embeddings.notes)

    @property
    def device(self) -> str:
        """Where pictures are made, in a sentence."""
        return devices.said(self._device)

    def with_noise(self, source: str) -> Engine:
        """The same checkpoint, in memory once, with noise from another of `NOISE_SOURCES`."""
        if source not in NOISE_SOURCES:
            raise validate.refuse("noise source", source, " or ".join(NOISE_SOURCES))
        other = copy.copy(self)
        other._noise = source
        return other

    def chunks(self, text: str) -> int:
        """How many 75-token chunks a prompt fills, after the WebUI's comments are taken out."""
        return self._loaded.text.chunk_count(without_comments(text))

    def described(self, request: Request) -> Mapping[str, str]:
        """The embeddings in the two prompts, as the WebUI writes them: the prompt's, then the negative prompt's."""
        prompt = split_trailing_weight(without_comments(request.prompt)).text
        texts = (prompt, without_comments(request.negative_prompt))
        found = ", ".join(filter(None, (hashes(self._loaded.text.used(text)) for text in texts)))
        return {"TI hashes": found} if found else {}

    def lacks(self, embeddings: Iterable[str]) -> list[str]:
        """Those of these names that no embedding here has; a prompt holds them as plain text."""
        return missing(embeddings, self._loaded.text.embeddings)

    def check(self, request: Request) -> None:
        """Nothing, where this picture can be made; what is asked for in vain is known before anything is rendered.

        Raises:
            PureNegativeError: the request asks for what the engine has not.
        """
        preflight.batch([request])

    @torch.inference_mode()
    def render(self, batch: Sequence[Request], progress: Progress | None = None) -> list[Image]:
        """One picture for each request, in order; each as it would be alone.

        Args:
            batch: requests that share size, steps, sampler, scheduler, clip skip and emphasis.
            progress: called after each step with (steps done, steps in all).

        Raises:
            PureNegativeError: requests that differ in what they must share, or ask for what the engine has not.
            OutOfMemory: the batch needs more memory than there is; a smaller one may pass.
        """
        if not batch:
            return []
        preflight.batch(batch)
        with _memory(f"{len(batch)} pictures of {batch[0].width}×{batch[0].height}"):
            latents = self._sample(batch, progress)
            return decoding.pictures(self._loaded.vae, latents, self._loaded.scale_factor)

    def _sample(self, batch: Sequence[Request], progress: Progress | None) -> Tensor:
        first = batch[0]
        run = sampler(first.sampler)
        levels = sigmas(first.scheduler, first.sampler, first.steps, self._loaded.noise_levels)
        denoise = self._denoiser(batch, levels)
        shape = (4, first.height // 8, first.width // 8)
        noise = SeedNoise([each.seed for each in batch], shape, self._device, self._noise)
        report = _no_report if progress is None else lambda done: progress(done, first.steps)
        latents = run(denoise, noise.draw() * levels[0], levels, noise.draw, report)
        if not bool(latents.isfinite().all()):
            raise PureNegativeError(
                "the UNet produced NaN or infinite values, so there is no picture; lower the CFG scale or the weights."
            )
        return latents

    def _denoiser(self, batch: Sequence[Request], levels: Tensor) -> Denoiser:
        prompts = [split_trailing_weight(without_comments(each.prompt)) for each in batch]
        negatives = [without_comments(each.negative_prompt) for each in batch]
        texts = [*(prompt.text for prompt in prompts), *negatives]
        encoded = self._loaded.text.encode(texts, batch[0].clip_skip, batch[0].emphasis)
        scales = [each.cfg_scale * prompt.factor for each, prompt in zip(batch, prompts, strict=True)]
        return Denoiser(
            self._loaded.unet,
            [encoded[prompt.text] for prompt in prompts],
            [encoded[negative] for negative in negatives],
            torch.tensor(scales, device=self._device),
            levels,
            self._loaded.noise_levels,
            velocity=self._loaded.parameterization == "v",
        )


def _no_report(done: int) -> None:
    """Nobody asked."""


@contextmanager
def _memory(what: str) -> Iterator[None]:
    """Turn the ways in which torch says that memory ran out into one that callers can catch without torch."""
    try:
        yield
    except torch.cuda.OutOfMemoryError:
        torch.cuda.empty_cache()
        raise OutOfMemory(f"not enough GPU memory for {what}; use a smaller batch or size.") from None
    except MemoryError:
        raise OutOfMemory(f"not enough memory for {what}; use a smaller batch or size.") from None
    except RuntimeError as error:
        if "DefaultCPUAllocator" not in str(error):
            raise
        raise OutOfMemory(f"not enough memory for {what}; use a smaller batch or size.") from None
