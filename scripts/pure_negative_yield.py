"""What the WebUI loads: the yield run in its Script list."""

from pure_negative.webui.yield_script import PureNegativeYield

__all__ = ["PureNegativeYield"]
