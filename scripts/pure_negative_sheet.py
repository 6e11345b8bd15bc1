"""What the WebUI loads: the sheet in its Script list."""

from pure_negative.webui.core import parts

PureNegativeSheet = parts.script("Pure negative sheet", "sheet.script", "PureNegativeSheet")
