"""Run this layer's tests on the real WebUI's own modules: `WEBUI_PYTHON real.py SITE_PACKAGES [PYTEST…]`.

WEBUI_DIR names an installed WebUI. Its modules are started here as its own launcher starts them, with a data folder
that is thrown away, the embedded checkpoint, and one replacement: denoising, which makes a grey picture at once.
pytest comes from SITE_PACKAGES, looked into last, so that everything the WebUI has installed is the WebUI's.

Of the WebUI's relatives (Forge, reForge, Forge Neo) name `tests/standin/test_parts.py`: the other files hold the
stand-in to WebUI v1.10.1 alone.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def lay_out(host: Any, data: Path) -> None:
    """A fresh install's data folder: our extension, one checkpoint, the settings that the host can't start without."""
    host.put_checkpoint(data / "models" / "Stable-diffusion")
    if host.config:
        (data / "config.json").write_text(json.dumps(dict(host.config)), encoding="utf-8")
    (data / "extensions").mkdir()
    (data / "extensions" / "sd-webui-pure-negative").symlink_to(ROOT, target_is_directory=True)


def boot(host: Any, webui: Path, data: Path) -> None:
    """What `launch.py` does up to the page."""
    os.chdir(webui)
    sys.path[:0] = [str(webui), str(ROOT)]
    options = [each.format(folder=webui) for each in shlex.split(host.options)]
    sys.argv = ["webui.py", *options, *host.own_options, "--data-dir", str(data)]
    if not (webui / "modules_forge").is_dir():  # Forge and its kin load nothing before the first run
        sys.argv.append("--skip-load-model-at-start")
    if (webui / "modules_forge" / "initialization.py").is_file():
        from modules_forge.initialization import initialize_forge

        initialize_forge()
    from modules import initialize

    initialize.imports()
    initialize.initialize()
    from modules import shared

    assert shared.sd_model is not None, "the checkpoint did not load"


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
        from tests.real import hosts

        lay_out(hosts.here(), Path(data))
        boot(hosts.here(), Path(os.environ["WEBUI_DIR"]).absolute(), Path(data))
        without_denoising()
        import pytest

        settings = ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider"]
        lenient = ["-o", "filterwarnings=default"]  # the WebUI's own warnings are its own
        return int(pytest.main([*settings, *lenient, *(words or [str(Path(__file__).parent)])]))


if __name__ == "__main__":
    sys.exit(main())
