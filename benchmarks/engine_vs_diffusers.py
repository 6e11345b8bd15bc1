"""The stand-alone engine against diffusers' own StableDiffusionPipeline: same weights, sizes, steps and pictures.

    python benchmarks/engine_vs_diffusers.py [--pairs 7] [--steps 20] [--sizes 64 128 512] [--batches 1 8]

Runs take turns (engine, pipeline, engine, …) in one process, so that a busy machine slows both; the ratio of each pair
is taken, and the median of the ratios printed. 1.00 is the pipeline's time; below is faster.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial

import torch
from diffusers import EulerDiscreteScheduler, StableDiffusionPipeline

from pure_negative.diffusion import checkpoint, embedded
from pure_negative.diffusion.engine import Engine
from pure_negative.planning.request import Request

NEGATIVE = "bad, comic, cropped, error, extra, low, lowres, normal, speech_bubble, worst"
CFG_SCALE = 10.5


def pipeline() -> StableDiffusionPipeline:
    """diffusers' pipeline on the embedded checkpoint, on the engine's device and in its precision."""
    loaded = checkpoint.load(embedded.ensure())
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="linspace", steps_offset=1
    )
    made = StableDiffusionPipeline(
        vae=loaded.vae.float(), unet=loaded.unet.float(), scheduler=scheduler,
        text_encoder=loaded.text.model.float(), tokenizer=loaded.text.tokenizer,
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    made.set_progress_bar_config(disable=True)
    return made.to("cuda", torch.float16) if torch.cuda.is_available() else made


def requests(count: int, size: int, steps: int, run: int = 0) -> list[Request]:
    """A batch of the negative prompt alone, with a seed for each picture; each run has a prompt of its own."""
    return [
        Request("", f"{NEGATIVE}, {run}", size, size, CFG_SCALE, steps, "Euler", "Automatic", seed, clip_skip=1)
        for seed in range(count)
    ]


def by_pipeline(made: StableDiffusionPipeline, batch: list[Request]) -> None:
    first = batch[0]
    made(
        [each.prompt for each in batch],
        negative_prompt=[each.negative_prompt for each in batch],
        height=first.height,
        width=first.width,
        num_inference_steps=first.steps,
        guidance_scale=first.cfg_scale,
        generator=[torch.Generator("cpu").manual_seed(each.seed) for each in batch],
    )


def seconds(job: Callable[[list[Request]], object], batch: list[Request]) -> float:
    start = time.perf_counter()
    job(batch)
    return time.perf_counter() - start


def compare(engine: Engine, made: StableDiffusionPipeline, batches: list[list[Request]]) -> tuple[float, float, float]:
    """Median seconds of the engine, of the pipeline, and the median of the pairs' ratios; the first batch warms up."""
    times = [(seconds(engine.render, batch), seconds(partial(by_pipeline, made), batch)) for batch in batches][1:]
    ours, theirs = (statistics.median(column) for column in zip(*times, strict=True))
    return ours, theirs, statistics.median(mine / other for mine, other in times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 512])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    chosen = parser.parse_args()
    engine, made = Engine.load(embedded.ensure()), pipeline()
    print(f"{'size':>9} {'batch':>5} {'engine s':>9} {'diffusers s':>11} {'ratio':>6}")
    for size in chosen.sizes:
        for count in chosen.batches:
            runs = [requests(count, size, chosen.steps, run) for run in range(chosen.pairs + 1)]
            ours, theirs, ratio = compare(engine, made, runs)
            print(f"{f'{size}×{size}':>9} {count:>5} {ours:>9.3f} {theirs:>11.3f} {ratio:>6.2f}", flush=True)


if __name__ == "__main__":
    main()
