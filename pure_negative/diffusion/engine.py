"""The stand-alone renderer: requests in, the WebUI's pictures out, with no WebUI."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import torch
from PIL.Image import Image
from torch import Tensor

from pure_negative.diffusion import checkpoint, devices, memory, placing, preflight, toy, vae
from pure_negative.diffusion.conditionings import Conditionings
from pure_negative.diffusion.denoiser import Denoiser
from pure_negative.diffusion.devices import Target
from pure_negative.diffusion.embeddings import hashes, missing
from pure_negative.diffusion.ldm_config import SDXL
from pure_negative.diffusion.loras import Loras
from pure_negative.diffusion.noise import SeedNoise
from pure_negative.diffusion.samplers import Sampling, described
from pure_negative.diffusion.text_encoder import Conditioning
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.planning.request import NOISE_SOURCES, Model, Progress, Request
from pure_negative.prompt import syntax
from pure_negative.prompt.syntax import Lora, Prompt, without_comments, without_loras
from pure_negative.rules import schedule_type


class Engine:
    """A loaded checkpoint on a device: a GPU in half precision, else the processor in full, unless asked otherwise."""

    def __init__(
        self, loaded: checkpoint.Checkpoint, target: Target, noise: str = "CPU", loras: Path | None = None
    ) -> None:
        self._loaded = loaded
        self._target = target
        self._noise = noise
        self._conditionings = Conditionings(loaded.text.encode)
        self._loras = Loras(loras, loaded.unet, loaded.text.models)
        self._said: set[str] = set()
        self.say: vae.Say = lambda _: None
        """Told what is done differently than was asked for, each thing once."""
        for module, dtype in ((loaded.unet, target.dtype), (loaded.vae, target.vae)):
            placing.place(module, target, dtype)
        loaded.text.to(target.text_device, target.text)

    @classmethod
    def load(
        cls,
        path: Path | None = None,
        noise: str = "CPU",
        vae: Path | None = None,
        embeddings: Path | None = None,
        loras: Path | None = None,
        target: Target | None = None,
    ) -> Engine:
        """The checkpoint in that file; None is the toy that comes with this project.

        Args:
            path: a checkpoint's file.
            noise: one of `NOISE_SOURCES`.
            vae: the file of a VAE that takes the place of the checkpoint's own.
            embeddings: a folder of textual inversion embeddings.
            loras: a folder of LoRAs.
            target: the device and its precision; None is the best there is.

        Raises:
            PureNegativeError: no checkpoint can be read there.
        """
        target = target or Target.of()
        with memory.told("loading the checkpoint"):
            loaded = checkpoint.load(toy.ensure() if path is None else path, vae, embeddings)
            return cls(loaded, target, noise, loras)

    @property
    def model(self) -> Model:
        return dataclasses.replace(self._loaded.model, noise=self._noise)

    @property
    def family(self) -> str:
        """`SD 1.x`, `SD 2.x` or `SDXL`."""
        return self._loaded.family

    @property
    def notes(self) -> tuple[str, ...]:
        """What changes the pictures and is unusual: in the checkpoint, and in embeddings and LoRAs named so far."""
        return (*self._loaded.notes, *self._loaded.text.embeddings.notes, *self._loras.notes)

    @property
    def device(self) -> str:
        """Where pictures are made, in a sentence."""
        return str(self._target)

    @property
    def device_name(self) -> str:
        """The device alone, as a sheet names who made its cells."""
        return devices.name(self._target.device)

    @property
    def precision(self) -> str:
        """Of the numbers that pictures are computed with."""
        return devices.named(self._target.dtype)

    def with_noise(self, source: str) -> Engine:
        """The same checkpoint, in memory once, with noise from another of `NOISE_SOURCES`."""
        if source not in NOISE_SOURCES:
            raise validate.refuse("noise source", source, " or ".join(NOISE_SOURCES))
        other = copy.copy(self)
        other._noise = source
        return other

    def chunks(self, text: str) -> int:
        """How many 75-token chunks a prompt fills, after the WebUI's comments are taken out."""
        return self._loaded.text.chunk_count(without_loras(without_comments(text)))

    @torch.inference_mode()
    def open_loras(self, prompt: str) -> None:
        """Read the LoRAs that a prompt names.

        Raises:
            PureNegativeError: there is none of that name, or it can't be used with this checkpoint.
        """
        self._use_loras(prompt)

    def described(self, request: Request) -> Mapping[str, str]:
        """What the WebUI writes beside: the schedule's parameters, the prompt's LoRAs, and both prompts' embeddings."""
        texts = (_encoded(request.prompt).text, without_comments(request.negative_prompt))
        found = ", ".join(filter(None, (hashes(self._loaded.text.used(text)) for text in texts)))
        networks = self._loras.hashes(syntax.loras(without_comments(request.prompt)))
        named = (("Lora hashes", networks), ("TI hashes", found))
        return {**described(request), **{key: text for key, text in named if text}}

    def lacks(self, embeddings: Iterable[str]) -> list[str]:
        """Those of these names that no embedding here has; a prompt holds them as plain text."""
        return missing(embeddings, self._loaded.text.embeddings)

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
        with memory.told(f"{len(batch)} pictures of {batch[0].width}×{batch[0].height}"):
            done: dict[int, Tensor] = {}
            for places in _parts(batch):
                done |= zip(places, self._sample([batch[place] for place in places], progress), strict=True)
            latents = torch.stack([done[place] for place in range(len(batch))])
            return vae.pictures(self._loaded.vae, latents, self._loaded.scale_factor, self._say_once)

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self.say(text)

    def _sample(self, batch: Sequence[Request], progress: Progress | None) -> Tensor:
        """The latents of pictures with the same LoRAs; in a wider precision where their numbers grow too large."""
        self._use_loras(batch[0].prompt)
        latents = self._sampled(batch, progress)
        while not bool(latents.isfinite().all()):
            wider = devices.wider(self._target.device, self._loaded.unet.dtype)
            if wider is None:
                raise PureNegativeError(
                    "the UNet produced NaN or infinite values, so there is no picture; lower the CFG scale or the "
                    "weights."
                )
            self._say_once(f"The UNet's numbers grew too large; it goes on in {devices.named(wider)}.")
            placing.widen(self._loaded.unet, wider)
            latents = self._sampled(batch, progress)
        return latents

    def _use_loras(self, prompt: str) -> None:
        wanted = syntax.loras(without_comments(prompt))
        if wanted and self._target.low_memory:
            raise PureNegativeError("prompt: LoRAs can't be used with --lowvram; leave one of them out.")
        self._loras.use(wanted)

    def _sampled(self, batch: Sequence[Request], progress: Progress | None) -> Tensor:
        first = batch[0]
        shape = (4, first.height // 8, first.width // 8)
        noise = SeedNoise([each.seed for each in batch], shape, self._target.device, self._noise)
        report = _no_report if progress is None else lambda done: progress(done, first.steps)
        levels, xl = self._loaded.noise_levels, self._loaded.family == SDXL
        sampling = Sampling(first.sampler, first.scheduler, first.steps, levels, xl)
        return sampling.run(self._denoiser(batch), noise, report)

    def _denoiser(self, batch: Sequence[Request]) -> Denoiser:
        prompts = [_encoded(each.prompt) for each in batch]
        negatives = [without_comments(each.negative_prompt) for each in batch]
        texts = [*(prompt.text for prompt in prompts), *negatives]
        networks = syntax.loras(without_comments(batch[0].prompt))
        made = self._conditionings.of(texts, (batch[0].clip_skip, batch[0].emphasis), networks)
        encoded = {text: each.to(self._target.device) for text, each in made.items()}
        scales = [each.cfg_scale * prompt.factor for each, prompt in zip(batch, prompts, strict=True)]
        return Denoiser(
            self._loaded.unet,
            [encoded[prompt.text] for prompt in prompts],
            [self._unconditional(negative, encoded) for negative in negatives],
            torch.tensor(scales, device=self._target.device),
            self._loaded.noise_levels,
            velocity=self._loaded.parameterization == "v",
            size=(batch[0].height, batch[0].width),
        )

    def _unconditional(self, negative: str, encoded: Mapping[str, Conditioning]) -> Conditioning:
        """What a negative prompt says; an empty one says SDXL nothing at all."""
        found = encoded[negative]
        return found.zeros() if self._loaded.family == SDXL and not negative else found


def _parts(batch: Sequence[Request]) -> list[list[int]]:
    """The places of those that can be sampled at once.

    That are those with the same LoRAs; where the sampler would make a picture depend on the others, it goes by itself.
    """
    if batch[0].sampler in schedule_type.ALONE:
        return [[place] for place in range(len(batch))]
    places: dict[tuple[Lora, ...], list[int]] = {}
    for place, each in enumerate(batch):
        places.setdefault(syntax.loras(without_comments(each.prompt)), []).append(place)
    return [*places.values()]


def _encoded(prompt: str) -> Prompt:
    """What of a prompt goes to the text encoder, and the factor on its CFG scale."""
    return syntax.split_trailing_weight(without_loras(without_comments(prompt)))


def _no_report(done: int) -> None:
    """Nobody asked."""
