"""What the WebUI loads: the yield run in its Script list."""

from pure_negative.webui.core import parts

PureNegativeYield = parts.script("Pure negative yield", "yields.script", "PureNegativeYield")
