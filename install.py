"""The WebUI runs this at each start. PyYAML comes with the WebUI, so this does nothing there but look."""

import importlib.util
import subprocess
import sys

if importlib.util.find_spec("yaml") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "PyYAML==6.0.3"], check=True)
