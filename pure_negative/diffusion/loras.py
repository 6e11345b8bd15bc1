"""LoRAs in the weights of a loaded checkpoint, as the WebUI adds them, and out again.

Hu et al. 2021, "LoRA", section 4.1: a layer's weights change by `up @ down`, times alpha over the rank.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pure_negative.diffusion import lora_files, lora_names, tensor_file
from pure_negative.diffusion.text_model import TextModel
from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.prompt.syntax import Lora

_PART = re.compile(
    r"[._](?:lora(?:_linear_layer)?[._])?(?P<part>up|down|mid|A|B)(?:\.default)?\.weight$|\.(?P<alpha>alpha)$"
)
_ATTENTION = re.compile(r"(.*self_attn_)(?:q|k|v|out)_proj")
_PARTS = {"A": "down", "B": "up"}
_OTHERS: Mapping[str, str] = {
    "hada_": "a LoHa", "lokr_": "a LoKr", "oft_": "an OFT", "dora_scale": "a DoRA", "on_input": "an IA3",
    r"\ba1\.weight": "a GLoRA", "w_norm": "a network of norms", r"\.diff(_b)?$": "a network of whole weights",
}  # fmt: skip
"""A pattern in a name of one of the WebUI's other networks → what the network is."""
Name = tuple[str, str]
"""`unet`, `text` or `text 2`, and a layer's name in it with `_` for `.`."""
Layers = dict[Name, torch.nn.Module]


@dataclass
class _Change:
    """What a LoRA holds for one layer."""

    parts: dict[str, Tensor] = field(default_factory=dict)

    def of(self, weight: Tensor, rank: int | None) -> Tensor:
        """The change of a weight by it, in the weight's shape, in float32 on its device."""
        up, down = (self.parts[name].to(weight.device).float().flatten(1) for name in ("up", "down"))
        if "mid" in self.parts:  # Tucker's decomposition of a convolution
            mid = self.parts["mid"].to(weight.device).float()
            change = torch.einsum("nmkl,in,mj->ijkl", mid, up, down)
        else:
            change = up[:, :rank] @ down[:rank]
        return change.reshape(weight.shape) * self._scale()

    def is_whole(self) -> bool:
        """Whether nothing is missing, and alpha is one number."""
        alpha = self.parts.get("alpha")
        return {"up", "down"} <= self.parts.keys() and (alpha is None or alpha.numel() == 1)

    def _scale(self) -> float:
        alpha = self.parts.get("alpha")
        return 1.0 if alpha is None else float(alpha) / len(self.parts["down"])


@dataclass(frozen=True)
class _Network:
    """A LoRA's file: its changes by the name of the layer."""

    path: Path
    changes: Mapping[Name, _Change]
    notes: tuple[str, ...] = ()


class Loras:
    """Those of a folder, for a checkpoint's UNet and text encoders; a file is read when a prompt first names it.

    `notes` says of those that were used what of them is not.
    """

    def __init__(self, folder: Path | None, unet: torch.nn.Module, texts: Sequence[TextModel]) -> None:
        self._folder = folder
        self._layers = _unet_layers(unet)
        self._attend_as_one: set[str] = set()
        for name, text in zip(("text", "text 2"), texts, strict=False):
            self._layers |= _text_layers(text.module, name)
            self._attend_as_one |= {name} if text.attends_as_one else set()
        self._read: dict[Path, _Network] = {}
        self._before: dict[Name, Tensor] = {}
        self._used: tuple[Lora, ...] = ()
        self.notes: list[str] = []

    def use(self, wanted: Sequence[Lora]) -> bool:
        """Have the weights be those of the checkpoint with these LoRAs, and no others; whether any is another now.

        Raises:
            PureNegativeError: there is no such LoRA, or it is for another model; the weights are as they were.
        """
        if tuple(wanted) == self._used:
            return False
        last = {each.name: each for each in wanted}  # of one named twice the WebUI takes the last weights twice
        networks = [(self._opened(each.name), last[each.name]) for each in wanted]
        self._restore()
        for network, weights in networks:
            self._add(network, weights)
        self._used = tuple(wanted)
        return True

    def hashes(self, wanted: Sequence[Lora]) -> str:
        """What the infotext says of LoRAs, each once, as the WebUI writes it."""
        named = {each.name: lora_files.short_hash(lora_files.find(each.name, self._folder)) for each in wanted}
        return ", ".join(f"{name.replace(':', '').replace(',', '')}: {short}" for name, short in named.items())

    def _opened(self, name: str) -> _Network:
        path = lora_files.find(name, self._folder)
        if path not in self._read:
            network = read(path)
            self._read[path] = network = self._fitted(network)
            self.notes += network.notes
        return self._read[path]

    def _fitted(self, network: _Network) -> _Network:
        """The LoRA with what fits this checkpoint."""
        fitting = {name: change for name, change in network.changes.items() if name in self._layers}
        if not fitting:
            raise PureNegativeError(f"{network.path} is a LoRA for another model: none of its layers is in this one.")
        for name, change in fitting.items():
            _refuse_misfit(network.path, name, change, _weight(self._layers[name]))
        used = {name: change for name, change in fitting.items() if not self._is_half_attention(name, fitting)}
        notes = _unused(network.path.stem, len(network.changes), len(fitting), len(used))
        return _Network(network.path, used, (*network.notes, *notes))

    def _is_half_attention(self, name: Name, changes: Container[Name]) -> bool:
        model, layer = name
        if model not in self._attend_as_one or not (match := _ATTENTION.fullmatch(layer)):
            return False
        return any((model, f"{match[1]}{part}_proj") not in changes for part in ("q", "k", "v", "out"))

    def _add(self, network: _Network, weights: Lora) -> None:
        for name, change in network.changes.items():
            weight = _weight(self._layers[name])
            if name not in self._before:
                self._before[name] = weight.to("cpu", copy=True)
            factor = weights.unet if name[0] == "unet" else weights.text
            weight.copy_(weight.float() + change.of(weight, weights.rank) * factor)

    def _restore(self) -> None:
        for name, before in self._before.items():
            _weight(self._layers[name]).copy_(before)
        self._before.clear()


def _unused(name: str, every: int, fitting: int, used: int) -> Iterator[str]:
    """What to say of a LoRA's layers, of which some fit the checkpoint, and some of those are used."""
    if fitting < every:
        yield f"{every - fitting} of the {every} layers of the LoRA {name} are not in this checkpoint."
    if used < fitting:
        yield (
            f"{fitting - used} of the {every} layers of the LoRA {name} change an attention of OpenCLIP in part; "
            "as in the WebUI, they are not used."
        )


def _unet_layers(unet: Any) -> Layers:
    """The layers that a LoRA may change, by every name that a file may have for them."""
    layers = len(unet.down_blocks[0].resnets)
    attended = {level for level, block in enumerate(unet.up_blocks) if hasattr(block, "attentions")}
    named = ((each, layer) for name, layer in _named(unet) for each in lora_names.of_layer(name, layers, attended))
    return {("unet", name): layer for name, layer in named}


def _text_layers(text: torch.nn.Module, model: str) -> Layers:
    """The same of a text encoder; newer versions of its library leave out what all names begin with."""
    return {(model, name.removeprefix("text_model.").replace(".", "_")): layer for name, layer in _named(text)}


def _named(model: torch.nn.Module) -> Iterator[tuple[str, torch.nn.Module]]:
    kinds = (torch.nn.Linear, torch.nn.Conv2d)
    return ((name, layer) for name, layer in model.named_modules() if isinstance(layer, kinds))


def _weight(layer: Any) -> Tensor:
    weight: Tensor = layer.weight.data
    return weight


def _refuse_misfit(path: Path, name: Name, change: _Change, weight: Tensor) -> None:
    up, down = change.parts["up"], change.parts["down"]
    mid = change.parts.get("mid")
    inner = down[0].numel() if mid is None else down[0].numel() * mid[0, 0].numel()
    if up.dim() < 2 or (len(up), inner) != (len(weight), weight[0].numel()) or up[0].numel() != len(down):
        raise PureNegativeError(
            f"{path} is a LoRA for another model: {validate.one_line(name[1])} is larger or smaller here."
        )


def read(path: Path) -> _Network:
    """The LoRA in a file, in the layout of kohya's scripts or of diffusers.

    Raises:
        PureNegativeError: the file is damaged, or holds no LoRA, or another kind of network.
    """
    tensors = tensor_file.read(path)
    own = {name: tensor for name, tensor in tensors.items() if not name.startswith("bundle_emb.")}
    matches = {name: _PART.search(name) for name in own}
    if others := [name for name, match in matches.items() if match is None]:
        raise PureNegativeError(f"{path} holds {_kind(others)}; only LoRAs of low-rank weights can be used here.")
    changes: dict[Name, _Change] = {}
    for name, match in matches.items():
        if match:
            part = _PARTS.get(match["part"], match["part"]) or "alpha"
            changes.setdefault(lora_names.of_file(name[: match.start()]), _Change()).parts[part] = own[name]
    whole = {name: change for name, change in changes.items() if change.is_whole()}
    if not whole:
        raise PureNegativeError(f"{path} holds no LoRA.")
    note = f"The LoRA {path.stem} brings embeddings along, which are not used here."
    return _Network(path, whole, (note,) if len(own) < len(tensors) else ())


def _kind(names: Sequence[str]) -> str:
    found = (what for sign, what in _OTHERS.items() if any(re.search(sign, name) for name in names))
    return next(found, f"{validate.shown(names[0])}, which is no part of a LoRA")
