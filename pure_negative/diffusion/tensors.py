"""The tensors of an original-layout SD 1.x, SD 2.x or SDXL checkpoint, by name and shape, for any dimensions.

Nothing here needs torch: a WebUI user can make the embedded checkpoint with what the WebUI already has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

Shape = tuple[int, ...]
Tensors = Iterator[tuple[str, Shape]]

LATENT = 4
"""Channels of a latent; the VAE writes the mean and the log-variance of each."""
POSITIONS = 77
"""Tokens in one CLIP chunk: 75 of the prompt, one start and one end token."""
SIZE_VECTOR = 6 * 256
"""What SDXL's UNet takes beside the pooled text: six numbers of the picture's size and place, 256 waves for each."""
HEAD = 64
"""Width of an attention head of every stock text model: 12 in 768, 16 in 1024, 20 in 1280."""


@dataclass(frozen=True)
class TextSize:
    """The dimensions of a CLIP or OpenCLIP text model."""

    width: int
    layers: int
    heads: int
    inner: int
    vocabulary: int


@dataclass(frozen=True)
class Dimensions:
    """What the `.yaml` beside a checkpoint, and the CLIP `config.json`, say of its size.

    Channels must be multiples of 32, as group normalisation has 32 groups; there must be four VAE levels, as pictures
    have 8 pixels to a latent one. The text models tell the family: CLIP alone is SD 1.x, OpenCLIP alone SD 2.x, both
    SDXL.
    """

    unet_channels: int
    unet_levels: tuple[int, ...]
    unet_blocks: int
    attention_at: tuple[int, ...]
    depths: tuple[int, ...]
    linear: bool
    context: int
    vae_channels: int
    vae_levels: tuple[int, ...]
    vae_blocks: int
    clip: TextSize | None
    open_clip: TextSize | None


def same(one: Shape, other: Shape) -> bool:
    """Whether two shapes hold the same tensor: a 1 × 1 convolution may be stored as a matrix."""
    return _squeezed(one) == _squeezed(other)


def _squeezed(shape: Shape) -> Shape:
    return tuple(shape[:2]) if tuple(shape[2:]) == (1, 1) else tuple(shape)


def shown(shape: Shape) -> str:
    """A shape in a sentence: `320×4×3×3`."""
    return "×".join(map(str, shape))


def checkpoint(of: Dimensions) -> Tensors:
    """Every tensor the WebUI and diffusers read, in the order in which the file holds them."""
    yield from _under("model.diffusion_model.", _unet(of))
    yield from _under("first_stage_model.", _vae(of))
    yield from _text_models(of)


CLIP = "cond_stage_model.transformer."
OPEN_CLIP = "cond_stage_model.model."
SDXL_CLIP = "conditioner.embedders.0.transformer."
SDXL_OPEN_CLIP = "conditioner.embedders.1.model."


def _text_models(of: Dimensions) -> Tensors:
    both = of.clip is not None and of.open_clip is not None
    if of.clip is not None:
        yield from _under(f"{SDXL_CLIP if both else CLIP}text_model.", _clip(of.clip))
    if of.open_clip is not None:
        yield from _under(SDXL_OPEN_CLIP if both else OPEN_CLIP, _open_clip(of.open_clip, both))


def _under(prefix: str, tensors: Tensors) -> Tensors:
    for name, shape in tensors:
        yield prefix + name, shape


def _conv(name: str, into: int, out: int, kernel: int = 3) -> Tensors:
    yield f"{name}.weight", (out, into, kernel, kernel)
    yield f"{name}.bias", (out,)


def _linear(name: str, into: int, out: int, bias: bool = True) -> Tensors:
    yield f"{name}.weight", (out, into)
    if bias:
        yield f"{name}.bias", (out,)


def _norm(name: str, width: int) -> Tensors:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def _unet(of: Dimensions) -> Tensors:
    width = of.unet_channels
    yield from _linear("time_embed.0", width, 4 * width)
    yield from _linear("time_embed.2", 4 * width, 4 * width)
    if of.clip is not None and of.open_clip is not None:
        yield from _linear("label_emb.0.0", of.open_clip.width + SIZE_VECTOR, 4 * width)
        yield from _linear("label_emb.0.2", 4 * width, 4 * width)
    yield from _conv("input_blocks.0.0", LATENT, width)
    skips = [width]
    yield from _unet_down(of, skips)
    yield from _unet_middle(of, skips[-1])
    yield from _unet_up(of, skips)
    yield from _norm("out.0", width)
    yield from _conv("out.2", width, LATENT)


def _unet_down(of: Dimensions, skips: list[int]) -> Tensors:
    """The way down; appends to `skips` the channels that each block hands across to the way up."""
    block = 1
    for level, factor in enumerate(of.unet_levels):
        for _ in range(of.unet_blocks):
            yield from _unet_block(of, f"input_blocks.{block}", skips[-1], factor * of.unet_channels, level)
            skips.append(factor * of.unet_channels)
            block += 1
        if level + 1 < len(of.unet_levels):
            yield from _conv(f"input_blocks.{block}.0.op", skips[-1], skips[-1])
            skips.append(skips[-1])
            block += 1


def _unet_middle(of: Dimensions, width: int) -> Tensors:
    yield from _unet_resnet(of, "middle_block.0", width, width)
    yield from _transformer(of, "middle_block.1", width, of.depths[-1])
    yield from _unet_resnet(of, "middle_block.2", width, width)


def _unet_up(of: Dimensions, skips: list[int]) -> Tensors:
    width, block = skips[-1], 0
    for level in reversed(range(len(of.unet_levels))):
        for repeat in range(of.unet_blocks + 1):
            out = of.unet_levels[level] * of.unet_channels
            yield from _unet_block(of, f"output_blocks.{block}", width + skips.pop(), out, level)
            width = out
            if level and repeat == of.unet_blocks:
                place = 2 if 2**level in of.attention_at else 1
                yield from _conv(f"output_blocks.{block}.{place}.conv", width, width)
            block += 1


def _unet_block(of: Dimensions, name: str, into: int, out: int, level: int) -> Tensors:
    yield from _unet_resnet(of, f"{name}.0", into, out)
    if 2**level in of.attention_at:
        yield from _transformer(of, f"{name}.1", out, of.depths[level])


def _unet_resnet(of: Dimensions, name: str, into: int, out: int) -> Tensors:
    yield from _norm(f"{name}.in_layers.0", into)
    yield from _conv(f"{name}.in_layers.2", into, out)
    yield from _linear(f"{name}.emb_layers.1", 4 * of.unet_channels, out)
    yield from _norm(f"{name}.out_layers.0", out)
    yield from _conv(f"{name}.out_layers.3", out, out)
    if into != out:
        yield from _conv(f"{name}.skip_connection", into, out, kernel=1)


def _transformer(of: Dimensions, name: str, width: int, depth: int) -> Tensors:
    yield from _norm(f"{name}.norm", width)
    yield from _projection(of, f"{name}.proj_in", width)
    for place in range(depth):
        yield from _transformer_block(of, f"{name}.transformer_blocks.{place}", width)
    yield from _projection(of, f"{name}.proj_out", width)


def _projection(of: Dimensions, name: str, width: int) -> Tensors:
    return _linear(name, width, width) if of.linear else _conv(name, width, width, kernel=1)


def _transformer_block(of: Dimensions, block: str, width: int) -> Tensors:
    for attention, context in (("attn1", width), ("attn2", of.context)):
        yield from _linear(f"{block}.{attention}.to_q", width, width, bias=False)
        yield from _linear(f"{block}.{attention}.to_k", context, width, bias=False)
        yield from _linear(f"{block}.{attention}.to_v", context, width, bias=False)
        yield from _linear(f"{block}.{attention}.to_out.0", width, width)
    yield from _linear(f"{block}.ff.net.0.proj", width, 8 * width)
    yield from _linear(f"{block}.ff.net.2", 4 * width, width)
    for norm in ("norm1", "norm2", "norm3"):
        yield from _norm(f"{block}.{norm}", width)


def _vae(of: Dimensions) -> Tensors:
    yield from _under("encoder.", _encoder(of))
    yield from _under("decoder.", _decoder(of))
    yield from _conv("quant_conv", 2 * LATENT, 2 * LATENT, kernel=1)
    yield from _conv("post_quant_conv", LATENT, LATENT, kernel=1)


def _encoder(of: Dimensions) -> Tensors:
    width = of.vae_channels
    yield from _conv("conv_in", 3, width)
    for level, factor in enumerate(of.vae_levels):
        for block in range(of.vae_blocks):
            yield from _vae_resnet(f"down.{level}.block.{block}", width, factor * of.vae_channels)
            width = factor * of.vae_channels
        if level + 1 < len(of.vae_levels):
            yield from _conv(f"down.{level}.downsample.conv", width, width)
    yield from _vae_middle(width)
    yield from _norm("norm_out", width)
    yield from _conv("conv_out", width, 2 * LATENT)


def _decoder(of: Dimensions) -> Tensors:
    width = of.vae_levels[-1] * of.vae_channels
    yield from _conv("conv_in", LATENT, width)
    yield from _vae_middle(width)
    for level in reversed(range(len(of.vae_levels))):
        for block in range(of.vae_blocks + 1):
            yield from _vae_resnet(f"up.{level}.block.{block}", width, of.vae_levels[level] * of.vae_channels)
            width = of.vae_levels[level] * of.vae_channels
        if level:
            yield from _conv(f"up.{level}.upsample.conv", width, width)
    yield from _norm("norm_out", width)
    yield from _conv("conv_out", width, 3)


def _vae_middle(width: int) -> Tensors:
    yield from _vae_resnet("mid.block_1", width, width)
    yield from _norm("mid.attn_1.norm", width)
    for part in ("q", "k", "v", "proj_out"):
        yield from _conv(f"mid.attn_1.{part}", width, width, kernel=1)
    yield from _vae_resnet("mid.block_2", width, width)


def _vae_resnet(name: str, into: int, out: int) -> Tensors:
    yield from _norm(f"{name}.norm1", into)
    yield from _conv(f"{name}.conv1", into, out)
    yield from _norm(f"{name}.norm2", out)
    yield from _conv(f"{name}.conv2", out, out)
    if into != out:
        yield from _conv(f"{name}.nin_shortcut", into, out, kernel=1)


def _clip(of: TextSize) -> Tensors:
    yield "embeddings.token_embedding.weight", (of.vocabulary, of.width)
    yield "embeddings.position_embedding.weight", (POSITIONS, of.width)
    for layer in range(of.layers):
        name = f"encoder.layers.{layer}"
        for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
            yield from _linear(f"{name}.self_attn.{part}", of.width, of.width)
        yield from _norm(f"{name}.layer_norm1", of.width)
        yield from _linear(f"{name}.mlp.fc1", of.width, of.inner)
        yield from _linear(f"{name}.mlp.fc2", of.inner, of.width)
        yield from _norm(f"{name}.layer_norm2", of.width)
    yield from _norm("final_layer_norm", of.width)


def _open_clip(of: TextSize, pooled: bool) -> Tensors:
    yield "token_embedding.weight", (of.vocabulary, of.width)
    yield "positional_embedding", (POSITIONS, of.width)
    for layer in range(of.layers):
        name = f"transformer.resblocks.{layer}"
        yield f"{name}.attn.in_proj_weight", (3 * of.width, of.width)
        yield f"{name}.attn.in_proj_bias", (3 * of.width,)
        yield from _linear(f"{name}.attn.out_proj", of.width, of.width)
        yield from _norm(f"{name}.ln_1", of.width)
        yield from _linear(f"{name}.mlp.c_fc", of.width, of.inner)
        yield from _linear(f"{name}.mlp.c_proj", of.inner, of.width)
        yield from _norm(f"{name}.ln_2", of.width)
    yield from _norm("ln_final", of.width)
    if pooled:
        yield "text_projection", (of.width, of.width)
