"""What the WebUI loads: the tick, and the callbacks around it."""

from pure_negative.webui import callbacks
from pure_negative.webui.tick.script import PureNegative

__all__ = ["PureNegative"]

callbacks.callbacks()
