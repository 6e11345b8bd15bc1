"""What the WebUI loads: the yield run in its Script list."""

from pure_negative.webui.yields.script import PureNegativeYield

__all__ = ["PureNegativeYield"]
