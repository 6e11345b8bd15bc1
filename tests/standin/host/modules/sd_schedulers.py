"""Schedule types."""

import dataclasses


@dataclasses.dataclass
class Scheduler:
    """A name, the label users see, and other names."""

    name: str
    label: str
    function: object = None
    aliases: list = None


schedulers = [
    Scheduler("automatic", "Automatic"),
    Scheduler("uniform", "Uniform"),
    Scheduler("karras", "Karras"),
    Scheduler("exponential", "Exponential"),
    Scheduler("sgm_uniform", "SGM Uniform", aliases=["SGMUniform"]),
]
schedulers_map = {each.name: each for each in schedulers} | {each.label: each for each in schedulers}
