"""What the WebUI loads: the yield run in its Script list."""

from pure_negative.webui import names
from pure_negative.webui.core import parts

PureNegativeYield = parts.script(names.YIELD)
