"""What the WebUI loads: the sheet in its Script list."""

from pure_negative.webui import names
from pure_negative.webui.core import parts

PureNegativeSheet = parts.script(names.SHEET)
