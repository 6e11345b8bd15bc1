"""What the panel asks of the program it is shown in."""

from __future__ import annotations

from typing import Protocol

from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Model


class Host(Protocol):
    """The WebUI, or the stand-alone page."""

    tab: bool
    """Whether there is a tab whose own controls a plan can be filled into and can leave its parts to."""

    def language(self) -> str:
        """The catalogue of the user's language (`language.names`); empty for English."""

    def samplers(self) -> list[str]:
        """The names of the samplers on offer."""

    def schedulers(self) -> list[str]:
        """The names of the schedule types on offer."""

    def tokens(self, text: str) -> str:
        """The token count of a prompt as the WebUI writes it, `22/75`; empty while no checkpoint is loaded."""

    def model(self) -> Model | None:
        """The loaded checkpoint."""

    def fits_by_itself(self) -> bool:
        """Whether a page that is opened chooses the preset that fits the loaded checkpoint."""

    def vae(self, made: Plan, /) -> str:
        """The VAE that a run will have because the plan's preset names it; empty for none."""

    def loadable(self, made: Plan, /) -> str:
        """A checkpoint that is there and that the plan's preset is meant for, while another one is loaded."""

    def warnings(self, made: Plan, /) -> list[str]:
        """What in this program's own settings stands in the way of the plan."""
