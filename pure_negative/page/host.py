"""The stand-alone engine as the panel sees it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from pure_negative.diffusion import loading, lora_files, model_files
from pure_negative.diffusion.loading import EngineOptions
from pure_negative.errors import PureNegativeError
from pure_negative.planning.plan import Plan
from pure_negative.planning.request import Model, Renderer
from pure_negative.preset import library
from pure_negative.prompt.syntax import refuse_unsupported, without_comments
from pure_negative.rules import schedule_type

if TYPE_CHECKING:
    from pure_negative.diffusion.engine import Engine


class PageHost:
    """Samplers, token counts, and the checkpoint, whose weights are read when the first picture is asked for."""

    tab = False

    def __init__(self, options: EngineOptions, count: Callable[[str], str]) -> None:
        self.options = options
        self.checkpoint = options.checkpoint
        self.catalogue = ""
        self._count = count
        self._renderer: Engine | None = None
        self._loading = threading.Lock()
        path, vae = options.embeddings_path(), options.vae_path()
        self.embeddings = {each.stem.casefold() for each in model_files.embeddings(path)}
        self._vae = (vae.name if vae else "") if self.checkpoint else None

    @classmethod
    def open(cls, options: EngineOptions | None = None) -> PageHost:
        """The host for these options; None stands for the usual ones.

        Raises:
            PureNegativeError: the engine is not installed, or there is no such checkpoint.
        """
        options = options or EngineOptions()
        loading.check(options)
        return cls(options, loading.token_counter(options))

    def language(self) -> str:
        """The browser's, as its last request said: the page is for this machine's one user."""
        return self.catalogue

    def samplers(self) -> list[str]:
        """The engine's samplers."""
        from pure_negative.diffusion.preflight import SAMPLERS

        return list(SAMPLERS)

    def schedulers(self) -> list[str]:
        """The engine's schedule types."""
        from pure_negative.diffusion.preflight import SCHEDULERS

        return list(SCHEDULERS)

    def tokens(self, text: str) -> str:
        """The count by the checkpoint's own tokenizer."""
        return self._count(text)

    def model(self) -> Model:
        """The checkpoint, and the VAE that is used instead of its own; hashes are known once it is read."""
        from pure_negative.diffusion import toy

        if self._renderer:
            return self._renderer.model
        if not self.checkpoint:
            return Model(toy.NAME, toy.SHA256[:10])
        return Model(Path(self.options.path() or "").stem, "", vae=self._vae or "")

    def has_lora(self, name: str, digest: str) -> bool:
        """Whether a LoRA of this name is here, and is the file with this hash."""
        try:
            return lora_files.short_hash(lora_files.find(name, self.options.loras_path())) == digest
        except PureNegativeError:
            return False

    def is_read(self) -> bool:
        """Whether the checkpoint's weights are in memory."""
        return self._renderer is not None

    def renderer(self, noise: str) -> Renderer:
        """The engine with the checkpoint, read now if it was not yet, and its noise from that source.

        Raises:
            PureNegativeError: the checkpoint cannot be read.
        """
        with self._loading:
            if self._renderer is None:
                self._renderer = loading.engine(self.options)
            return self._renderer.with_noise(noise)

    def fits_by_itself(self) -> bool:
        """Nobody has chosen a preset when the page is opened."""
        return True

    def vae(self, _: Plan) -> str:
        """The engine's VAE is chosen when it is started."""
        return ""

    def loadable(self, _: Plan) -> str:
        """The engine's checkpoint is chosen when it is started."""
        return ""

    def warnings(self, made: Plan) -> list[str]:
        """What the engine will refuse, and what it has not and does without."""
        lacking = [name for name in made.embeddings if name.casefold() not in self.embeddings]
        found = loading.missing(made, lacking, self._vae)
        model = self.model()
        if self.checkpoint and (other := library.Library().misfit(made.base, model.name, model.hash)):
            found.insert(0, other)
        sampler, scheduler = schedule_type.split(made.sampler, made.scheduler)
        for name, value, known in (
            ("sampler", sampler, self.samplers()),
            ("schedule type", scheduler, self.schedulers()),
        ):
            if value not in known:
                found.append(
                    f"The {name} {value} is not available without the WebUI; choose one of {', '.join(known)}."
                )
        try:
            refuse_unsupported(without_comments(made.prompt), without_comments(made.negative_prompt))
            loading.refuse_missing_loras(self.options, made.prompt)
        except PureNegativeError as error:
            found.append(str(error))
        return found
