"""The latent of a picture: what the VAE's encoder, set by hand, makes of each 8 × 8 pixels.

Brightness, two differences of colour, and a slope: a linear map that the encoder's layers can be given exactly, so
that nothing has to be learnt before the UNet's training can start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor
from torch.nn import functional

from training.drawings import Drawing, draw

SCALE = 0.18215
"""What an SD 1.x model multiplies the VAE's latents with."""
PATCH = 8
COLOURS = torch.tensor([[1 / 3, 1 / 3, 1 / 3], [1.0, 0.0, -1.0], [-0.5, 1.0, -0.5], [1 / 3, 1 / 3, 1 / 3]])
"""Each feature's share of red, green and blue, [4, 3]; the fourth is the slope of the brightness."""
RIGHT, DOWN = 1.0, 0.5
"""How steep the slope is per pixel in either direction; not the same, so that it can tell them apart."""
CENTRES = (0.32, -0.01, 0.115, 0.0)
SPREADS = (0.404, 0.588, 0.308, 0.205)
"""Mean and standard deviation of each feature over drawings, as `measure` prints them."""


def kernel() -> Tensor:
    """The features as one convolution of stride 8: [4, 3, 8, 8]."""
    offset = torch.arange(PATCH) - (PATCH - 1) / 2
    ramp = RIGHT * offset[None, :] + DOWN * offset[:, None]
    weights = torch.stack([*[torch.ones(PATCH, PATCH)] * 3, ramp]) / PATCH**2
    return COLOURS[:, :, None, None] * weights[:, None]


def features(pictures: Tensor) -> Tensor:
    """Of pictures [n, 3, height, width] in -1…1: [n, 4, height / 8, width / 8]."""
    return functional.conv2d(pictures, kernel(), stride=PATCH)


def latents(pictures: Tensor) -> Tensor:
    """What the UNet works on, about 1 in spread: the VAE's latents times `SCALE`."""
    centre, spread = (torch.tensor(values)[:, None, None] for values in (CENTRES, SPREADS))
    return (features(pictures) - centre) / spread


def as_tensor(pixels: list[np.ndarray]) -> Tensor:
    """Pictures as the VAE takes them: [n, 3, height, width], -1…1."""
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1


def as_pixels(pictures: Tensor) -> np.ndarray:
    """And back: [n, height, width, 3] uint8."""
    scaled = ((pictures.float() + 1) * 127.5).round().clamp(0, 255)
    return scaled.permute(0, 2, 3, 1).to(torch.uint8).numpy()


def batch(random: Generator, count: int) -> tuple[list[Drawing], Tensor]:
    """That many drawings and their pictures."""
    drawn = [draw(random) for _ in range(count)]
    return drawn, as_tensor([one.pixels for one in drawn])


def measure() -> None:
    """Print the mean and the spread of each feature."""
    found = features(batch(np.random.default_rng(0), 2000)[1]).transpose(0, 1).flatten(1)
    print(found.mean(1), found.std(1))


_CARRIER = 64.0
"""The spread of a pattern beside each feature: large, so that group normalisation divides by nearly a constant."""
_SIGNS = ((1, 1), (1, -1), (-1, -1), (-1, 1))
"""Of the feature and of the pattern, in the four groups of two channels that each feature has before the last layer."""


@torch.no_grad()
def set_encoder(vae: Any) -> None:
    """Give the VAE's encoder the weights that make these latents; its residual layers add nothing but a pattern."""
    for parameter in [*vae.encoder.parameters(), *vae.quant_conv.parameters()]:
        parameter.zero_()
    vae.encoder.conv_in.weight[:3, :, 1, 1] = COLOURS[:3]
    _set_levels(vae.encoder)
    _set_pattern(vae.encoder.mid_block.resnets[0])
    _set_last(vae)


def _set_levels(encoder: Any) -> None:
    """Means of 2 × 2 of the four features, three times over; the slope is summed up from means half as wide."""
    for level, half in ((0, 0.5), (1, 1.0), (2, 2.0)):
        block = encoder.down_blocks[level]
        _set_widening(block.resnets[0])
        weights = block.downsamplers[0].conv.weight
        for feature in range(4):
            weights[feature, feature, :2, :2] = 0.25
        sides = torch.tensor([-half, half])
        weights[3, 0, :2, :2] = (RIGHT * sides[None, :] + DOWN * sides[:, None]) / 4
    _set_widening(encoder.down_blocks[3].resnets[0])
    _repeat(encoder.down_blocks[2].downsamplers[0].conv.weight)


def _set_widening(resnet: Any) -> None:
    if resnet.conv_shortcut is not None:
        for feature in range(4):
            resnet.conv_shortcut.weight[feature, feature] = 1.0


def _repeat(weight: Tensor) -> None:
    """Each feature into its four groups, with the sign it has there."""
    given = weight[:4].clone()
    weight.zero_()
    for feature in range(4):
        for group, (sign, _) in enumerate(_SIGNS):
            weight[8 * feature + 2 * group] = sign * given[feature]


def _set_pattern(resnet: Any) -> None:
    """Add the pattern: a constant, seen by a kernel that is zero but where it reaches over the top or the bottom."""
    resnet.norm1.bias[0] = 1.0
    for channel, sign in ((0, 1.0), (1, -1.0)):
        resnet.conv1.weight[channel, 0, 0, 1] = -sign
        resnet.conv1.weight[channel, 0, 2, 1] = sign
    resnet.norm2.weight[:2] = 1.0
    for feature in range(4):
        for group, (_, sign) in enumerate(_SIGNS):
            resnet.conv2.weight[8 * feature + 2 * group + 1, :2, 1, 1] = sign * _CARRIER * torch.tensor([1.0, -1.0])


def _set_last(vae: Any) -> None:
    """From the last block through normalisation and SiLU to the latents: x = silu(x) - silu(-x)."""
    vae.encoder.conv_norm_out.weight.fill_(1.0)
    for feature in range(4):
        for group, (sign, _) in enumerate(_SIGNS):
            for place, side in ((0, sign), (1, -sign)):
                channel = 8 * feature + 2 * group + place
                vae.encoder.conv_out.weight[feature, channel, 1, 1] = side * _CARRIER / 8**0.5
        spread = SPREADS[feature] * SCALE
        vae.quant_conv.weight[feature, feature] = 1 / spread
        vae.quant_conv.bias[feature] = -CENTRES[feature] / spread
    vae.quant_conv.bias[4:] = -12.0  # the logarithm of a variance that is next to nothing
