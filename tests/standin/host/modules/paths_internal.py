"""Where things are: the stand-in's own folder, and a data folder that is thrown away."""

import atexit
import shutil
import tempfile
from pathlib import Path

script_path = str(Path(__file__).resolve().parents[1])
data_path = tempfile.mkdtemp(prefix="webui-standin-")
atexit.register(shutil.rmtree, data_path, ignore_errors=True)
