"""What the WebUI loads: the tick, and the callbacks around it."""

from pure_negative.webui import callbacks, names
from pure_negative.webui.core import parts

PureNegative = parts.script(names.TITLE)

lost = callbacks.callbacks()
if PureNegative is not None:
    PureNegative.lost = lost
