"""Run this layer's tests on the real WebUI's own modules: `WEBUI_PYTHON real.py SITE_PACKAGES [PYTEST…]`.

WEBUI_DIR names an installed WebUI. Its modules are started here as its own launcher starts them, with a data folder
that is thrown away, the embedded checkpoint, and one replacement: denoising, which makes a grey picture at once.
pytest comes from SITE_PACKAGES, looked into last, so that everything the WebUI has installed is the WebUI's.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = "--skip-torch-cuda-test --use-cpu all --no-half --precision full --disable-nan-check --no-download-sd-model"


def lay_out(data: Path) -> None:
    """A fresh install's data folder: our extension, one checkpoint, no settings."""
    from pure_negative.diffusion import embedded

    models = data / "models" / "Stable-diffusion"
    models.mkdir(parents=True)
    embedded.ensure(models)
    (data / "extensions").mkdir()
    (data / "extensions" / "sd-webui-pure-negative").symlink_to(ROOT, target_is_directory=True)


def boot(webui: Path, data: Path) -> None:
    """What `launch.py` does up to the page."""
    os.chdir(webui)
    sys.path[:0] = [str(webui), str(ROOT)]
    sys.argv = ["webui.py", *OPTIONS.split(), "--skip-load-model-at-start", "--data-dir", str(data)]
    from modules import initialize

    initialize.imports()
    initialize.initialize()
    from modules import shared

    assert shared.sd_model is not None, "the embedded checkpoint did not load"


def without_denoising() -> None:
    """Every picture is grey and there at once."""
    import torch
    from modules import processing

    def sample(p: Any, *_: Any, **__: Any) -> Any:
        return processing.DecodedSamples(torch.zeros(3, p.height, p.width) for _ in p.prompts)

    processing.StableDiffusionProcessingTxt2Img.sample = sample


def main() -> int:
    site_packages, *words = sys.argv[1:]
    words = [str(ROOT / word) if (ROOT / word.partition("::")[0]).exists() else word for word in words]
    os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False"}
    sys.path[:1] = [str(ROOT)]
    sys.path.append(site_packages)
    with tempfile.TemporaryDirectory() as data:
        lay_out(Path(data))
        boot(Path(os.environ["WEBUI_DIR"]).absolute(), Path(data))
        without_denoising()
        import pytest

        settings = ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
        lenient = ["-o", "filterwarnings=default"]  # the WebUI's own warnings are its own
        return int(pytest.main([*settings, *lenient, *(words or [str(Path(__file__).parent)])]))


if __name__ == "__main__":
    sys.exit(main())
