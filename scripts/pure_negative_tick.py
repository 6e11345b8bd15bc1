"""What the WebUI loads: the tick, and the callbacks around it."""

from pure_negative.webui import callbacks
from pure_negative.webui.core import parts

PureNegative = parts.script("Pure negative", "tick.script", "PureNegative")

lost = callbacks.callbacks()
if PureNegative is not None:
    PureNegative.lost = lost
