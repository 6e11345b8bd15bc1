"""Train the VAE's decoder: `python -m training.vae FOLDER`; it saves as it goes, and goes on from what it saved.

Its encoder is set by hand (`training.by_hand`). A running average of the weights is what is shown and exported.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.random import Generator
from PIL import Image
from torch import Tensor, nn

from pure_negative.diffusion import checkpoint, toy
from training import by_hand, latents
from training.averaging import averaged
from training.drawings import draw
from training.keeping import Keeper

CHANNELS, LEVELS, BLOCKS = 64, (1, 1, 1, 1), 1
BATCH, CROP = 8, 64
"""Pieces of so many pixels a side cost a quarter of a whole picture, and show as much of what is to be learnt."""
LATENT_NOISE = 0.1
"""At most, beside latents of spread 1: the UNet's are not exact either."""
AVERAGE_OVER = 0.995
SAVE_EVERY = 50


def build() -> Any:
    """A VAE in the dimensions of the model, its encoder set, its decoder at the start of its training."""
    vae = AutoencoderKL(
        down_block_types=["DownEncoderBlock2D"] * 4, up_block_types=["UpDecoderBlock2D"] * 4,
        block_out_channels=[CHANNELS * level for level in LEVELS], layers_per_block=BLOCKS,
        latent_channels=4, norm_num_groups=32, sample_size=128,
    )  # fmt: skip
    by_hand.set_encoder(vae)
    by_hand.start_decoder(vae)
    return vae


def cropped(pictures: Tensor, random: Generator, side: int) -> Tensor:
    """A piece of each, at a place by chance that keeps latent pixels whole."""
    places = random.integers(0, (pictures.shape[-1] - side) // 8 + 1, (len(pictures), 2)) * 8
    pieces = [one[:, top : top + side, left : left + side] for one, (top, left) in zip(pictures, places, strict=True)]
    return torch.stack(pieces)


def loss_of(vae: Any, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """The whole loss, and the mean absolute error in it."""
    found = latents.latents(pictures)
    found = found + LATENT_NOISE * torch.rand(len(found), 1, 1, 1) * torch.randn_like(found)
    with torch.autocast("cpu", torch.bfloat16):
        drawn = vae.decode(found / latents.SCALE).sample
    wrong = drawn.float() - pictures
    edges = sum((wrong.diff(dim=axis).abs().mean() for axis in (2, 3)), torch.zeros(()))
    absolute = wrong.abs().mean()
    return absolute + (wrong**2).mean() + edges, absolute.detach()


class Trainer(nn.Module):
    """The VAE with the average of its decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.vae = build()
        self.average = averaged(self.vae, AVERAGE_OVER)


def trained(folder: Path) -> Any:
    """The averaged VAE of that training folder, or where it has none the one that comes with this project."""
    if not (folder / "vae.pt").is_file():
        return checkpoint.load(toy.ensure()).vae.float()
    trainer = Trainer()
    trainer.load_state_dict(torch.load(folder / "vae.pt")["module"])
    return trainer.average.module


def train(folder: Path, minutes: float, rate: float, side: int) -> None:
    """Train for that long, on pieces of that many pixels a side; a step sees as many pixels whatever their size."""
    torch.set_num_threads(1)
    trainer, random = Trainer(), np.random.default_rng()
    vae = trainer.vae
    learnt = [*vae.post_quant_conv.parameters(), *vae.decoder.parameters()]
    optimizer = torch.optim.Adam(learnt, rate, betas=(0.9, 0.99), fused=True)
    keeper = Keeper(folder / "vae.pt", trainer, optimizer)
    count = max(1, BATCH * CROP**2 // side**2)
    end = time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        optimizer.param_groups[0]["lr"] = rate * min(1, (keeper.step + 1) / 50)
        loss, error = loss_of(vae, cropped(latents.batch(random, count)[1], random, side))
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimizer.step()
        trainer.average.update_parameters(vae)
        if keeper.count(float(error) * 127.5, SAVE_EVERY):
            save_pairs(trainer.average.module, folder / "vae.png")
    keeper.save()


@torch.no_grad()
def save_pairs(vae: Any, path: Path) -> None:
    """Eight drawings above what the VAE makes of them, always the same ones."""
    random = np.random.default_rng(12)
    pixels = [draw(random).pixels for _ in range(8)]
    drawn = latents.as_pixels(vae.decode(vae.encode(latents.as_tensor(pixels)).latent_dist.mode()).sample)
    Image.fromarray(np.concatenate([np.concatenate(pixels, 1), np.concatenate(list(drawn), 1)])).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where vae.pt is kept")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--side", type=int, default=CROP, help="of the pieces; 128, at the end, is whole pictures")
    parser.add_argument("--rate", type=float, default=1e-3)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    train(arguments.folder, arguments.minutes, arguments.rate, arguments.side)


if __name__ == "__main__":
    main()
