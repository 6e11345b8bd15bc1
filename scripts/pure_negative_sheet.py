"""What the WebUI loads: the sheet in its Script list."""

from pure_negative.webui.sheet.script import PureNegativeSheet

__all__ = ["PureNegativeSheet"]
