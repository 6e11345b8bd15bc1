"""Write what training has come to as a checkpoint: `python -m training.export FOLDER OUT`.

OUT gets a `.safetensors` in the original SD 1.x layout, in fp16, a `.yaml` and the text encoder's folder beside it, and
its SHA-256 is printed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from pure_negative.diffusion import checkpoint, digest
from pure_negative.diffusion.toy import NAME
from training import unet, vae
from training.model import Parts, write


def export(folder: Path, out: Path) -> Path:
    """The checkpoint of the averaged weights in that training folder; its path in the folder `out`."""
    parts = Parts()
    trained = unet.begun(parts)
    if (folder / "unet.pt").is_file():
        trained.load_state_dict(torch.load(folder / "unet.pt")["module"])
    parts.vae.load_state_dict(vae.trained(folder).state_dict())
    trained.model.load_state_dict(trained.average.module.state_dict())
    path = out / f"{NAME}.safetensors"
    write(path, parts.tensors())
    checkpoint.load(path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folder", type=Path, help="where unet.pt and vae.pt are, unless those that are shipped are to be taken"
    )
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    path = export(arguments.folder, arguments.out)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, SHA-256 {digest.sha256(path)}")


if __name__ == "__main__":
    main()
