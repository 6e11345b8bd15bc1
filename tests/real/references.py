"""Make `tests/reference/files`: pictures of the real WebUI from the files of `tests/diffusion/parts.py`.

WEBUI_DIR=… python -m tests.real.references [NAME …]
"""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from pure_negative.planning.request import Request
from tests.diffusion import parts
from tests.diffusion.conftest import negative, request
from tests.real import server as servers

FOLDER = Path(__file__).parents[1] / "reference" / "files"
EMBEDDED = "pure-negative-embedded"


def case(checkpoint: str = EMBEDDED, rng: str = "CPU", vae: str = "Automatic", **changes: object) -> dict[str, Any]:
    """One picture: the checkpoint's name, the WebUI's noise source and VAE setting, and the request."""
    made = request(**({"steps": 20} | changes))
    return {"checkpoint": checkpoint, "rng": rng, "vae": vae, "request": dataclasses.asdict(made)}


def cases() -> dict[str, dict[str, Any]]:
    """Every reference by its name."""
    words = negative("0.564")
    return {
        "nv-euler": case(rng="NV"),
        "nv-euler-a": case(rng="NV", sampler="Euler a", seed=4015663762, negative_prompt=negative("0.0001")),
        "nv-dpmpp-2m": case(rng="NV", sampler="DPM++ 2M", width=128, cfg_scale=16, seed=2**32 + 7),
        "nv-euler-a-wide": case(rng="NV", sampler="Euler a", width=192, height=128, steps=10, prompt="miku"),
        "vae-beside": case("beside"),
        "vae-beside-pt": case("pickled", cfg_scale=20),
        "vae-chosen": case(vae="chosen.safetensors", sampler="DPM++ 2M"),
        "vae-none": case("beside", vae="None"),
        "embedding-pt": case(negative_prompt=f"aid210, {words}"),
        "embedding-safetensors": case(negative_prompt=f"badv3, {words}", clip_skip=1, sampler="Euler a"),
        "embedding-weighted": case(negative_prompt=f"(aid210:0.6), [badv3], (bad (toy) low:1.2), {words}"),
        "embedding-no-norm": case(negative_prompt=f"(AID210:0.0001), {words}", emphasis="No norm"),
        "embedding-in-the-prompt": case(prompt="a miku in toy style, aid2, aid2105 badv3", cfg_scale=8),
        "embedding-next-chunk": case(negative_prompt=f"{'bad ' * 70}aid210 low, cat", sampler="DPM++ 2M"),
        "embedding-after-comma": case(negative_prompt=f"{'bad ' * 58}, {'low ' * 12}, aid210, cat, {words}"),
        "embedding-at-the-end": case(negative_prompt=f"{'bad ' * 60}, {'low ' * 14}badv3 cat, {words}"),
        "embedding-moved": case(negative_prompt=f"{'bad ' * 60}, aid210 {'low ' * 10}, {words}"),
        "embedding-full": case(negative_prompt=f"{'bad ' * 60}, {'low ' * 14} aid210"),
        "aid-whole": case("beside", "NV", negative_prompt=f"aid210, (badv3:0.9), {words}", sampler="Euler a"),
        "positions": case("positions"),
        "positions-chunks": case("positions", prompt="car, " * 40, sampler="DPM++ 2M", scheduler="Karras"),
        "velocity-euler": case("velocity", cfg_scale=8),
        "velocity-euler-a": case("velocity", sampler="Euler a", negative_prompt=negative("0.0001"), cfg_scale=2),
        "velocity-dpmpp-2m": case("velocity", sampler="DPM++ 2M", scheduler="Karras", prompt="miku", cfg_scale=12),
    }


def body(wanted: dict[str, Any]) -> dict[str, Any]:
    """The request for the WebUI's API."""
    fields = Request(**wanted["request"])
    return {
        "prompt": fields.prompt, "negative_prompt": fields.negative_prompt, "width": fields.width,
        "height": fields.height, "cfg_scale": fields.cfg_scale, "steps": fields.steps, "sampler_name": fields.sampler,
        "scheduler": fields.scheduler, "seed": fields.seed,
        "override_settings": {
            "CLIP_stop_at_last_layers": fields.clip_skip, "emphasis": fields.emphasis, "randn_source": wanted["rng"],
            "sd_model_checkpoint": wanted["checkpoint"], "sd_vae": wanted["vae"],
        },
    }  # fmt: skip


def main(names: list[str]) -> None:
    """Make those pictures, or all, and write down what was asked for."""
    make(FOLDER, cases(), names)


def make(folder: Path, wanted: dict[str, dict[str, Any]], names: list[str]) -> None:
    """Put the pictures of these names, or all that are wanted, and what was asked for, into a folder."""
    folder.mkdir(exist_ok=True)
    data = Path(tempfile.mkdtemp()) / "data"
    servers.prepare(data, extension=False, neighbours=False)
    parts.put_all(data)
    with servers.running(data, False) as server:
        for name in names or wanted:
            status, answer = server.post("/sdapi/v1/txt2img", body(wanted[name]))
            if status != 200:
                raise RuntimeError(f"{name}: {answer}")
            image = servers.picture(answer["images"][0])
            text = image.info["parameters"]
            save(image, folder / f"{name}.png", text)
            print(name, text.splitlines()[-1], flush=True)
    (folder / "cases.json").write_text(json.dumps(wanted, indent=1) + "\n", encoding="utf-8")


def save(image: Any, path: Path, text: str) -> None:
    """The picture with its infotext, as it came."""
    from pure_negative.planning import infotext

    image.save(path, pnginfo=infotext.png_info(text))


if __name__ == "__main__":
    main(sys.argv[1:])
