"""The command line's options that matter to us, at their defaults."""

from pathlib import Path
from types import SimpleNamespace

from modules.paths_internal import data_path

cmd_opts = SimpleNamespace(
    api_auth=None,
    embeddings_dir=str(Path(data_path, "embeddings")),
    freeze_settings=False,
    hide_ui_dir_config=False,
    no_prompt_history=False,
)
