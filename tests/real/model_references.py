"""Make `tests/reference/models`: pictures and conditionings of the real WebUI from the checkpoints of `small.py`.

WEBUI_DIR=… python -m tests.real.model_references [NAME …]
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.diffusion import small
from tests.diffusion.conftest import negative
from tests.real import references
from tests.real import server as servers
from tests.real.references import case

FOLDER = references.FOLDER.parent / "models"
MODELS = ("sd1-v", "sd2", "sd2-v", "sdxl", "sdxl-v")
"""Those of `small.CHECKPOINTS` that the references beside this folder don't have already."""
CONDITIONINGS = "conditionings"
SAMPLERS = {"euler": "Euler", "euler-a": "Euler a", "dpmpp-2m": "DPM++ 2M"}
LONG = f"{negative('0.564')}, {'car, ' * 40}(bad:0.3)"
"""A negative prompt of several chunks."""
TEXTS = {
    "empty": "", "words": negative("0.564"), "weak": negative("0.0001"), "strong": "(bad:2), a (cat:1.3)", "long": LONG,
}  # fmt: skip
ZERO_SNR = {"sd_noise_schedule": "Zero Terminal SNR"}


def pictures() -> dict[str, dict[str, Any]]:
    """Every picture by its name: the checkpoint, the request, and settings of the WebUI's beside it."""
    found: dict[str, dict[str, Any]] = {}
    for model in MODELS:
        for short, sampler in SAMPLERS.items():
            found |= {f"{model}-{short}-{name}": case(model, sampler=sampler, **each) for name, each in _each().items()}
        found |= {f"{model}-{name}": case(model, steps=8, **each) for name, each in _once().items()}
    for short, sampler in SAMPLERS.items():
        made = case("sdxl-v", sampler=sampler, steps=8, cfg_scale=5)
        found[f"sdxl-v-zero-snr-{short}"] = made | {"settings": ZERO_SNR}
    words = negative("0.564")
    found["sdxl-embedding"] = case("sdxl", steps=8, negative_prompt=f"({small.EMBEDDING}:0.8), {words}", prompt="cat")
    return found | loras()


def loras() -> dict[str, dict[str, Any]]:
    """SDXL with a LoRA of both text models and the UNet, one with weights for the parts, one of OpenCLIP's alone."""
    return {
        "sdxl-lora": case("sdxl", steps=8, prompt="a cat <lora:xl:0.8>", negative_prompt=negative("0.564")),
        "sdxl-lora-parts": case("sdxl", steps=8, prompt="<lora:xl:te=1:unet=0.3> miku", sampler="Euler a", seed=3),
        "sdxl-lora-open-clip": case("sdxl", steps=8, prompt="a cat <lora:xl-open-clip:-1.2>", sampler="DPM++ 2M"),
    }


def _each() -> dict[str, dict[str, Any]]:
    """What is drawn with each sampler."""
    return {
        "w0.0001": {"negative_prompt": negative("0.0001"), "steps": 8, "cfg_scale": 7},
        "w2": {"negative_prompt": negative("2"), "steps": 8, "cfg_scale": 4, "seed": 2},
    }


def _once() -> dict[str, dict[str, Any]]:
    """What is drawn once: CFG scales, clip skip, chunks, sizes."""
    return {
        "cfg1": {"cfg_scale": 1, "prompt": "a cat"},
        "cfg20": {"cfg_scale": 20, "sampler": "DPM++ 2M", "scheduler": "Karras"},
        "skip1": {"clip_skip": 1},
        "chunks": {"negative_prompt": LONG, "prompt": "miku", "clip_skip": 2, "sampler": "Euler a"},
        "wide": {"width": 192, "height": 128, "prompt": "a (girl:1.2), bad", "sampler": "DPM++ 2M", "seed": 7},
        "empty": {"negative_prompt": "", "prompt": "", "cfg_scale": 8},
    }


def conditionings() -> dict[str, dict[str, Any]]:
    """Every conditioning by its name."""
    found = {}
    for model in ("sd2", "sdxl"):
        for name, text in TEXTS.items():
            for negative_too in (False, True) if name == "empty" else (False,):
                made = {"checkpoint": model, "text": text, "clip_skip": 2, "emphasis": "Original"}
                found[f"{model}-{name}{'-negative' * negative_too}"] = made | {"negative": negative_too}
        made = {"checkpoint": model, "text": TEXTS["strong"], "clip_skip": 1, "emphasis": "No norm"}
        found[f"{model}-no-norm"] = made | {"negative": False}
    return found


def put_all(data: Path) -> None:
    """The checkpoints, and what teaches the WebUI's OpenCLIP their text model."""
    for name in small.CHECKPOINTS:
        small.write(data / "models" / "Stable-diffusion", name)
    small.put_embedding(data / "embeddings")
    small.put_loras(data / "models" / "Lora")
    taught = data / "extensions" / "open-clip-small"
    shutil.copytree(Path(__file__).parent / "open_clip", taught)
    small.put_open_clip(taught / "small")


def main(names: list[str]) -> None:
    """Make those pictures, or everything, and write down what was asked for."""
    FOLDER.mkdir(exist_ok=True)
    data = Path(tempfile.mkdtemp()) / "data"
    servers.prepare(data, extension=False, neighbours=False)
    put_all(data)
    wanted = pictures()
    with servers.running(data, False) as server:
        # For SDXL's previews the WebUI would fetch a small decoder.
        _post(server, "/sdapi/v1/options", {"live_previews_enable": False})
        for name in [name for name in names or wanted if name != CONDITIONINGS]:
            body = references.body(wanted[name])
            body["override_settings"] |= {"sd_noise_schedule": "Default"} | wanted[name].get("settings", {})
            image = servers.picture(_post(server, "/sdapi/v1/txt2img", body)["images"][0])
            references.save(image, FOLDER / f"{name}.png", image.info["parameters"])
            _note()
            print(name, image.info["parameters"].splitlines()[-1], flush=True)
        if not names or CONDITIONINGS in names:
            _save_conditionings(server)


def _note() -> None:
    """Write down what was asked for, of what is there."""
    drawn = {name: each for name, each in pictures().items() if (FOLDER / f"{name}.png").is_file()}
    encoded = conditionings() if (FOLDER / "conditionings.npz").is_file() else {}
    said = {"pictures": drawn, "conditionings": encoded}
    (FOLDER / "cases.json").write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def _save_conditionings(server: servers.Server) -> None:
    found = {}
    for name, wanted in conditionings().items():
        answer = _post(server, "/pure-negative-tests/conditioning", wanted)
        found |= {f"{name}/{part}": np.array(value, np.float32) for part, value in answer.items()}
    np.savez_compressed(FOLDER / "conditionings.npz", **found)
    _note()


def _post(server: servers.Server, path: str, body: dict[str, Any]) -> Any:
    status, answer = server.post(path, body)
    if status != 200:
        raise RuntimeError(f"{path}: {answer}")
    return answer


if __name__ == "__main__":
    main(sys.argv[1:])
