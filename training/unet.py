"""Train the UNet and the text encoder together: `python -m training.unet FOLDER`; it goes on from what it saved."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn
from torch.nn import functional

from pure_negative.diffusion.tokens import PromptTokenizer
from training import latents
from training.averaging import averaged
from training.captions import caption
from training.keeping import Keeper
from training.model import Parts

BATCH = 16
AVERAGE_OVER = 0.999
COARSE_WEIGHT = 0.25
MIDDLE_WEIGHT = 0.5
"""Of the timesteps: 0 is all of them as often, 0.5 the middle twice and the ends two thirds as often."""
SAVE_EVERY = 100
TIMESTEPS = 1000


class Model(nn.Module):
    """From a noisy latent, its timestep and a caption's tokens: the velocity, as `target` has it."""

    def __init__(self, unet: Any, text: Any) -> None:
        super().__init__()
        self.unet, self.text = unet, text

    def forward(self, noisy: Tensor, times: Tensor, tokens: Tensor) -> Tensor:
        words, places = torch.unique(tokens, dim=0, return_inverse=True)
        context = self.text(input_ids=words).last_hidden_state[places]
        velocity: Tensor = self.unet(noisy, times, context).sample
        return velocity


class Trainer(nn.Module):
    """The model with its running average, which is what is exported."""

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.model = Model(parts.unet, parts.text)
        self.average = averaged(self.model, AVERAGE_OVER)


def begun(parts: Parts) -> Trainer:
    """A trainer of these parts that goes on from the weights that come with this project."""
    parts.load_shipped()
    return Trainer(parts)


def signal_left() -> Tensor:
    """Of each timestep, the share of the picture's variance that is left (`alphas_cumprod`), as SD has it."""
    betas = torch.linspace(0.00085**0.5, 0.0120**0.5, TIMESTEPS, dtype=torch.float64) ** 2
    return (1 - betas).cumprod(0).float()


def loss_of(model: Model, tokenizer: PromptTokenizer, random: Generator, left: Tensor) -> Tensor:
    """The error of the velocity found, over a batch of fresh drawings."""
    drawings, pictures = latents.batch(random, BATCH)
    tokens = torch.tensor([tokenizer.chunks(caption(one, random))[0].tokens for one in drawings])
    clean = latents.latents(pictures)
    noise = torch.randn_like(clean)
    times = timesteps((torch.arange(BATCH) + torch.rand(())) / BATCH)  # spread over all: a steadier mean
    signal, spoiling = left[times, None, None, None].sqrt(), (1 - left[times, None, None, None]).sqrt()
    found = model(signal * clean + spoiling * noise, times, tokens)
    return error(found - (signal * noise - spoiling * clean))


def timesteps(shares: Tensor) -> Tensor:
    """The timesteps of shares from 0 to 1; those in the middle, where what a picture shows is settled, more often."""
    spread = shares + MIDDLE_WEIGHT * torch.sin(2 * torch.pi * shares) / (2 * torch.pi)
    return (spread * TIMESTEPS).long().clamp(0, TIMESTEPS - 1)


def error(wrong: Tensor) -> Tensor:
    """The mean square, and beside it those of means over larger squares, each weighted with a side of it.

    What the whole picture has too much of (a colour, a brightness) is a 256th of the plain mean square, so it would be
    learnt last, and every picture would have a tint. The best answer is the same with either.
    """
    scales = [side * functional.avg_pool2d(wrong, side).square().mean() for side in (4, 16)]
    return wrong.square().mean() + COARSE_WEIGHT * torch.stack(scales).sum()


def train(folder: Path, minutes: float, rate: float, *, anew: bool) -> None:
    """Train for that long, the rate falling evenly to nothing at the end."""
    torch.set_num_threads(1)
    parts, random, left = Parts(), np.random.default_rng(), signal_left()
    trainer, tokenizer = Trainer(parts) if anew else begun(parts), PromptTokenizer(parts.tokenizer)
    optimizer = torch.optim.Adam(trainer.model.parameters(), rate, betas=(0.9, 0.99), fused=True)
    keeper = Keeper(folder / "unet.pt", trainer, optimizer)
    end = time.monotonic() + 60 * minutes
    while (remaining := end - time.monotonic()) > 0:
        optimizer.param_groups[0]["lr"] = rate * remaining / (60 * minutes) * min(1, (keeper.step + 1) / 200)
        loss = loss_of(trainer.model, tokenizer, random, left)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(trainer.model.parameters(), 1.0)
        optimizer.step()
        trainer.average.update_parameters(trainer.model)
        keeper.count(float(loss.detach()), SAVE_EVERY)
    keeper.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where unet.pt is kept")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument(
        "--anew", action="store_true", help="begin with random weights, not with those that are shipped"
    )
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    train(arguments.folder, arguments.minutes, arguments.rate, anew=arguments.anew)


if __name__ == "__main__":
    main()
