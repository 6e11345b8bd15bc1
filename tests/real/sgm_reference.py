"""Make `tests/reference/models/sdxl.npz`: what Stability's own SDXL code, which the WebUI runs, makes of a small model.

With the WebUI's Python: WEBUI_DIR=… PYTHON tests/real/sgm_reference.py FOLDER, where `tests/diffusion/small.py` has put
the checkpoint `sdxl` (`write`) and, in `open-clip`, what OpenCLIP must know of it (`put_open_clip`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from safetensors.torch import load_file

REFERENCE = Path(__file__).parents[1] / "reference" / "models" / "sdxl.npz"
TEXT = "bad, comic, lowres cat"
TIMESTEPS = (999.0, 500.25, 3.0)
SIZES = ((128, 192), (0, 0), (128, 192))


def made(config: dict[str, Any], weights: dict[str, torch.Tensor], prefix: str, **more: object) -> Any:
    """One of the model's parts with its weights."""
    from sgm.util import instantiate_from_config

    module = instantiate_from_config({"target": config["target"], "params": {**config.get("params", {}), **more}})
    own = {name[len(prefix) :]: each.float() for name, each in weights.items() if name.startswith(prefix)}
    unexpected = module.load_state_dict(own, strict=False).unexpected_keys
    assert not unexpected, unexpected
    return module.eval()


def tokens(folder: Path) -> tuple[list[int], list[int]]:
    """The text as CLIP and as OpenCLIP get it: padded with the end token, and with 0."""
    import open_clip

    open_clip.add_model_config(folder / "open-clip")
    tokenizer = open_clip.tokenizer.SimpleTokenizer(str(folder / "open-clip" / "merges.txt.gz"))
    start, end = tokenizer.encoder["<start_of_text>"], tokenizer.encoder["<end_of_text>"]
    ids = [start, *tokenizer.encode(TEXT), end]
    return ids + [end] * (77 - len(ids)), ids + [0] * (77 - len(ids))


@torch.no_grad()
def main(folder: Path) -> None:
    """Make the file from the checkpoint in that folder."""
    import sgm.modules.encoders.modules as encoders
    from transformers import CLIPTextConfig, CLIPTextModel

    # The folder has no weights: they are in the checkpoint.
    CLIPTextModel.from_pretrained = classmethod(lambda cls, path: cls(CLIPTextConfig.from_pretrained(path)))
    encoders.CLIPTextModel = CLIPTextModel
    weights = load_file(folder / "sdxl.safetensors")
    config = yaml.safe_load((folder / "sdxl.yaml").read_text(encoding="utf-8"))["model"]["params"]
    models = config["conditioner_config"]["params"]["emb_models"]
    for_clip, for_open_clip = (torch.tensor([each]) for each in tokens(folder))
    clip = made(models[0], weights, "conditioner.embedders.0.", device="cpu")
    hidden = clip.transformer(input_ids=for_clip, output_hidden_states=True).hidden_states[clip.layer_idx]
    found = made(models[1], weights, "conditioner.embedders.1.", device="cpu", version=None).encode_with_transformer(
        for_open_clip
    )
    text = torch.cat([hidden, found["penultimate"]], -1)
    sizes = [made(part, {}, "-")(torch.tensor([size])) for part, size in zip(models[2:], SIZES, strict=True)]
    vector = torch.cat([found["pooled"], *sizes], -1)
    latents = torch.randn(1, 4, 16, 24, generator=torch.Generator().manual_seed(3))
    unet = made(config["network_config"], weights, "model.diffusion_model.")
    noise = [unet(latents, timesteps=torch.tensor([each]), context=text, y=vector) for each in TIMESTEPS]
    vae = made(config["first_stage_config"], weights, "first_stage_model.")
    decoded = vae.decode(latents[..., :8, :8] / config["scale_factor"])
    parts = {"tokens": text[0], "pooled": found["pooled"][0], "noise": torch.cat(noise), "decoded": decoded[0]}
    np.savez_compressed(REFERENCE, **{name: each.numpy() for name, each in parts.items()})


if __name__ == "__main__":
    repositories = Path(os.environ["WEBUI_DIR"], "repositories")
    sys.path[:0] = [str(repositories / name) for name in ("generative-models", "stable-diffusion-stability-ai")]
    main(Path(sys.argv[1]))
