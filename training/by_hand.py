"""Weights that are set, not learnt: the VAE's encoder in whole, and what its decoder's training starts from.

Both carry features through group normalisation unharmed. It takes from each group of two channels their mean, so a
feature alone would lose how bright the picture is as a whole. Beside each stands therefore a pattern that is large, the
same in every picture, and 0 on average: it makes the divisor a constant, and is taken out again after it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from training.latents import CENTRES, COLOURS, DOWN, RIGHT, SCALE, SPREADS

_SIGNS = ((1, 1), (1, -1), (-1, -1), (-1, 1))
"""Of the feature and of the pattern, in the four groups of two channels that each feature has before the last layer."""
_ENCODER_PATTERN, _DECODER_PATTERN = 64.0, 8.0
"""How large; the decoder's is no larger than its training can still change."""


@torch.no_grad()
def set_encoder(vae: Any) -> None:
    """Make it give `latents.latents` / `SCALE`."""
    encoder = vae.encoder
    for parameter in [*encoder.parameters(), *vae.quant_conv.parameters()]:
        parameter.zero_()
    encoder.conv_in.weight[:3, :, 1, 1] = COLOURS[:3]
    _set_levels(encoder)
    _set_pattern(encoder.mid_block.resnets[0], 4, _ENCODER_PATTERN)
    encoder.conv_norm_out.weight.fill_(1.0)
    _set_last(encoder.conv_out.weight, 4, _ENCODER_PATTERN)
    for feature in range(4):
        spread = SPREADS[feature] * SCALE
        vae.quant_conv.weight[feature, feature] = 1 / spread
        vae.quant_conv.bias[feature] = -CENTRES[feature] / spread
    vae.quant_conv.bias[4:] = -12.0  # the logarithm of a variance that is next to nothing


def _set_levels(encoder: Any) -> None:
    """Means of 2 × 2 of the four features, three times over; the slope is summed up from means half as wide."""
    for level, half in ((0, 0.5), (1, 1.0), (2, 2.0)):
        block = encoder.down_blocks[level]
        _pass_on(block.resnets[0], 4)
        weights = block.downsamplers[0].conv.weight
        for feature in range(4):
            weights[feature, feature, :2, :2] = 0.25
        sides = torch.tensor([-half, half])
        weights[3, 0, :2, :2] = (RIGHT * sides[None, :] + DOWN * sides[:, None]) / 4
    _pass_on(encoder.down_blocks[3].resnets[0], 4)
    _repeat(encoder.down_blocks[2].downsamplers[0].conv.weight, 4)


@torch.no_grad()
def start_decoder(vae: Any) -> None:
    """Start it as a smooth enlargement of the latent's colours; its residual blocks add nothing yet."""
    decoder = vae.decoder
    for name, parameter in decoder.named_parameters():
        if "conv2" in name or "to_out" in name:
            parameter.zero_()
    _set_colours(vae)
    smooth = torch.tensor([0.25, 0.5, 0.25])
    for block in decoder.up_blocks[:3]:
        weight = block.upsamplers[0].conv.weight
        weight[3:].mul_(0.3)
        weight[:3] = 0
        weight.add_(torch.eye(len(weight))[:, :, None, None] * smooth[:, None] * smooth)
        block.upsamplers[0].conv.bias[:3] = 0
    _repeat(decoder.up_blocks[2].upsamplers[0].conv.weight, 3)
    decoder.up_blocks[2].upsamplers[0].conv.bias[:24] = 0
    _set_pattern(decoder.up_blocks[3].resnets[1], 3, _DECODER_PATTERN)
    _set_last(decoder.conv_out.weight.mul_(0.1), 3, _DECODER_PATTERN)


def _set_colours(vae: Any) -> None:
    """The first three channels are red, green and blue again."""
    back = torch.linalg.inv(COLOURS[:3])
    vae.post_quant_conv.weight.copy_(torch.eye(4)[:, :, None, None] * SCALE)
    vae.post_quant_conv.bias.zero_()
    weight, bias = vae.decoder.conv_in.weight, vae.decoder.conv_in.bias
    weight[:3] = 0
    weight[:3, :3, 1, 1] = back * torch.tensor(SPREADS[:3])
    bias[:3] = back @ torch.tensor(CENTRES[:3])


def _pass_on(resnet: Any, count: int) -> None:
    """The first channels unchanged, where there are more or fewer behind the block than before it."""
    if resnet.conv_shortcut is not None:
        resnet.conv_shortcut.weight[:count] = torch.eye(count, resnet.conv_shortcut.weight.shape[1])[:, :, None, None]
        resnet.conv_shortcut.bias[:count] = 0


def _repeat(weight: Tensor, count: int) -> None:
    """Each feature into its four groups, with the sign it has there; nothing beside it yet."""
    given = weight[:count].clone()
    weight[: 8 * count] = 0
    for feature in range(count):
        for group, (sign, _) in enumerate(_SIGNS):
            weight[8 * feature + 2 * group] = sign * given[feature]


def _set_pattern(resnet: Any, count: int, size: float) -> None:
    """Add the pattern: a constant, seen by a kernel that is zero but where it reaches over the top or the bottom."""
    resnet.norm1.weight[0], resnet.norm1.bias[0] = 0.0, 1.0
    for channel, sign in ((0, 1.0), (1, -1.0)):
        resnet.conv1.weight[channel] = 0
        resnet.conv1.bias[channel] = 0
        resnet.conv1.weight[channel, 0, 0, 1] = -sign
        resnet.conv1.weight[channel, 0, 2, 1] = sign
    resnet.norm2.weight[:2], resnet.norm2.bias[:2] = 1.0, 0.0
    for feature in range(count):
        for group, (_, sign) in enumerate(_SIGNS):
            resnet.conv2.weight[8 * feature + 2 * group + 1, :2, 1, 1] = sign * size * torch.tensor([1.0, -1.0])


def _set_last(weight: Tensor, count: int, size: float) -> None:
    """Take the features out of what SiLU left of them and of their negatives: x = silu(x) - silu(-x)."""
    weight[:, : 8 * count] = 0
    for feature in range(count):
        for group, (sign, _) in enumerate(_SIGNS):
            for place, side in ((0, sign), (1, -sign)):
                weight[feature, 8 * feature + 2 * group + place, 1, 1] = side * size / 8**0.5
