"""A small network that names the faults of a picture: `python -m training.classifier FOLDER` trains it, in minutes.

It learns from fresh drawings, sees pictures as latents do (the mean colour of 8 × 8 pixels and a slope), and has
nothing to do with the model whose pictures it judges. The measure in `training.judge` calls whatever is no clean scene
spoiled; this one answers the other question: is one of the ten spoilings in the picture?
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training import latents
from training.spoilings import ORDER

STEPS, BATCH, RATE = 3000, 64, 2e-3
NOISE = 0.1
"""At most, beside latents of spread 1, as for the VAE: a model's pictures are not exact either."""
HELD_OUT = 2**33
"""The seed of the drawings that the accuracy is counted on; training begins at 0."""


class Classifier(nn.Module):
    """From latents [n, 4, 16, 16] to a logit for each of the ten faults, [n, 10]."""

    def __init__(self) -> None:
        super().__init__()
        widths = ((4, 48, 1), (48, 48, 1), (48, 64, 2), (64, 64, 1), (64, 96, 2), (96, 96, 1))
        layers = [each for old, new, stride in widths for each in (nn.Conv2d(old, new, 3, stride, 1), nn.GELU())]
        self.layers = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(96 * 16, 128), nn.GELU(), nn.Linear(128, len(ORDER))
        )

    def forward(self, found: Tensor) -> Tensor:
        logits: Tensor = self.layers(found)
        return logits


def trained(steps: int = STEPS) -> Classifier:
    """One that was trained on that many batches of drawings, the rate falling evenly to nothing."""
    torch.manual_seed(0)
    random, classifier = np.random.default_rng(0), Classifier()
    optimizer = torch.optim.Adam(classifier.parameters(), RATE)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, steps)
    for _ in range(steps):
        found, faults = batch(random, BATCH)
        loss = functional.binary_cross_entropy_with_logits(classifier(noisy(found)), faults)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        falling.step()
    return classifier.eval()


def batch(random: Generator, count: int) -> tuple[Tensor, Tensor]:
    """Latents of that many drawings, and which faults each has: [n, 10], 0 or 1."""
    drawings, pictures = latents.batch(random, count)
    faults = torch.tensor([[float(word in one.faults) for word in ORDER] for one in drawings])
    return latents.latents(pictures), faults


def noisy(found: Tensor) -> Tensor:
    """Latents as a model may make them, each with its own amount of noise."""
    return found + NOISE * torch.rand(len(found), 1, 1, 1) * torch.randn_like(found)


def of_folder(folder: Path) -> Classifier:
    """The one in that folder, trained first where there is none."""
    path, classifier = folder / "classifier.pt", Classifier()
    if not path.is_file():
        torch.save(trained().state_dict(), path)
    classifier.load_state_dict(torch.load(path))
    return classifier.eval()


@torch.inference_mode()
def spoiled(classifier: Classifier, pictures: list[NDArray[np.uint8]]) -> NDArray[np.bool_]:
    """Whether any of the ten is more likely in it than not, of pictures [128, 128, 3]."""
    found: NDArray[np.bool_] = (classifier(latents.latents(latents.as_tensor(pictures))) > 0).any(1).numpy()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where classifier.pt is kept")
    parser.add_argument("--count", type=int, default=2000, help="drawings that the accuracy is counted on")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    classifier = of_folder(arguments.folder)
    found, faults = batch(np.random.default_rng(HELD_OUT), arguments.count)
    with torch.inference_mode():
        said = classifier(found) > 0
    right = (said.any(1) == faults.bool().any(1)).double().mean()
    print(f"right about {right:.1%} of {arguments.count} drawings that it was not trained on: spoiled or not")
    for place, word in enumerate(ORDER):
        print(f"{word}: right about {(said[:, place] == faults[:, place].bool()).double().mean():.1%}")


if __name__ == "__main__":
    main()
