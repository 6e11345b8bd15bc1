"""Where things are: the stand-in's own folder, and a data folder that is thrown away."""

import tempfile
from pathlib import Path

script_path = str(Path(__file__).resolve().parents[1])
data_path = tempfile.mkdtemp(prefix="webui-standin-")
