"""What the WebUI loads: the tick, and the callbacks around it."""

from pure_negative.webui import register
from pure_negative.webui.tick import PureNegative

__all__ = ["PureNegative"]

register.callbacks()
