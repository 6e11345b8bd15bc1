"""Where presets live: the built-in ones beside the package, the user's own in a folder of theirs, single files by path.

The user's folder never lies inside this extension's, since an update resets that. A host names its place for data by
setting the environment variable `PURE_NEGATIVE_DATA` where it is not set yet; without it, it is the platform's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import validate
from pure_negative.io.paths import FOLDER_VARIABLE as FOLDER_VARIABLE
from pure_negative.io.paths import data_folder as data_folder
from pure_negative.io.paths import known_data_folder
from pure_negative.preset import matching, user_store
from pure_negative.preset import model as preset
from pure_negative.preset.model import Preset
from pure_negative.preset.user_store import LARGEST_FILE as LARGEST_FILE
from pure_negative.preset.user_store import read_text as read_text

DEFAULT = "nai"
FOR_TOY = "toy"
"""The preset for the model that is drawn with where no checkpoint is given (`diffusion/toy.py`)."""


def folder() -> Path:
    """The built-in presets: beside the package in the extension's folder, inside it when installed with pip."""
    package = Path(__file__).parent.parent
    inside = package / "presets"
    return inside if inside.is_dir() else package.parent / "presets"


def user_folder() -> Path | None:
    """The user's own presets; None where there is no home folder and none is named, so that they have none.

    Raises:
        PureNegativeError: `PURE_NEGATIVE_DATA` holds no folder.
    """
    data = known_data_folder()
    return data / "presets" if data else None


@dataclass(frozen=True)
class Library:
    """The built-in presets and the user's own; of two with one id the user's own holds."""

    user: Path | None = field(default_factory=user_folder)
    built_in: Path = field(default_factory=folder)

    @property
    def own(self) -> Path:
        """The folder of the user's own presets, to write to.

        Raises:
            PureNegativeError: there is no home folder, and none is named.
        """
        return self.user or data_folder() / "presets"

    def ids(self) -> list[str]:
        """Every id, sorted; no file is opened."""
        return sorted({*self.built_in_ids(), *self.own_ids()})

    def built_in_ids(self) -> list[str]:
        """The ids of the built-in presets, sorted."""
        return sorted(path.stem for path in self.built_in.glob("*.yaml"))

    def own_ids(self) -> list[str]:
        """The ids of the user's own presets, sorted."""
        return user_store.ids(self.user) if self.user else []

    def is_own(self, name: str) -> bool:
        """Whether the user has a preset of this id."""
        return bool(self.user) and user_store.is_id(name) and os.path.lexists(self.own / f"{name}.yaml")

    def is_among_built_in(self, name: str) -> bool:
        """Whether there is a built-in preset of this id, even if one of the user's own holds in its place."""
        return user_store.is_id(name) and (self.built_in / f"{name}.yaml").is_file()

    def path(self, name: str, where: str = "preset") -> Path:
        """The file of a preset, by its id."""
        if self.is_own(name):
            return user_store.path_of(self.own, name)
        if self.is_among_built_in(name):
            return self.built_in / f"{name}.yaml"
        known = self.ids()
        close = validate.nearest(name, known)
        told = f"{where}: {validate.shown(name)} is not a preset{close}; use one of {', '.join(known)}"
        why = user_store.unreadable(self.user) if self.user else ""
        raise PureNegativeError(f"{told}{why and f'; {why}'}.")

    def load(self, name: str, where: str = "preset") -> Preset:
        """The preset of this id.

        Raises:
            PureNegativeError: there is none, or its file is not a valid one.
        """
        return user_store.load(self.own, name) if self.is_own(name) else load_file(self.path(name, where))

    def find(self, name: str) -> Preset | None:
        """The preset of this id, None where there is no sound one."""
        try:
            return self.load(name)
        except PureNegativeError:
            return None

    def presets(self) -> list[Preset]:
        """Every sound preset, sorted by id."""
        return [known for known in map(self.find, self.ids()) if known]

    def match(self, model: str, *hashes: str) -> list[Preset]:
        """The presets for a checkpoint, best first: by hash, then by how much of its name a pattern spells out."""
        scored = [(matching.score(known.models, model, hashes), known) for known in self.presets()]
        fitting = [(score, known) for score, known in scored if score]
        return [known for _, known in sorted(fitting, key=lambda each: (-each[0], not self.is_own(each[1].id)))]

    def misfit(self, base: Preset, model: str, *hashes: str) -> str:
        """A sentence where a preset is not made for a checkpoint, with the one that is; "" where it may be.

        The usual preset is the first choice for a checkpoint that no preset is made for.
        """
        fitting = self.match(model, *hashes)
        if any(known.id == base.id for known in fitting) or matching.score(base.models, model, hashes):
            return ""
        if fitting:
            return f"The preset {base.id} is not made for {model}; {fitting[0].id} is."
        if base.id == DEFAULT or not (base.models.names or base.models.hashes):
            return ""
        return f"The preset {base.id} is made for other checkpoints than {model}."

    def free_id(self, wanted: str) -> str:
        """The wanted id, or it with the first number that makes it a free one."""
        numbered = (f"{wanted[:60]}-{number}" for number in range(2, 10_000))
        return next(name for name in (wanted, *numbered) if name not in self.ids())

    def save(self, made: Preset, over: Preset | None = None, like: str | None = None) -> Path:
        """Write one of the user's own presets, as `user_store.save` does; the built-in ones stay as they are."""
        if made.id in self.built_in_ids() and not self.is_own(made.id):
            raise PureNegativeError(
                f"preset: {made.id} is built in; choose another id, like {self.free_id(made.id)}, for your own."
            )
        return user_store.save(self.own, made, over, like)

    def rename(self, old: str, new: str) -> Preset:
        """Give one of the user's own presets another id."""
        self._refuse_built_in(old, "renamed")
        if new in self.ids():
            raise PureNegativeError(f"preset: there is a preset {new} already; choose another id.")
        return user_store.rename(self.own, old, new)

    def delete(self, name: str) -> None:
        """Put one of the user's own presets in the trash."""
        self._refuse_built_in(name, "deleted")
        user_store.delete(self.own, name)

    def undo(self, name: str | None = None) -> str:
        """Bring back the preset deleted last, or the last one of that id; its id."""
        return user_store.undo(self.own, name)

    def look_through(self) -> list[str]:
        """Set damaged files of the user's aside, and name everything wrong with the rest; for a host's start-up."""
        return user_store.look_through(self.user) if self.user else []

    def _refuse_built_in(self, name: str, what: str) -> None:
        if not self.is_own(name):
            self.path(name)
            raise PureNegativeError(f"preset: {name} is built in and can't be {what}.")


def ids() -> list[str]:
    """The ids of all presets, sorted."""
    return Library().ids()


def is_built_in(name: str) -> bool:
    """Whether every reader of this version has the preset of this id, and means the same by it."""
    known = Library()
    return not known.is_own(name) and known.is_among_built_in(name)


def match(model: str, *hashes: str) -> list[Preset]:
    """The presets for a checkpoint's name and hashes, best first."""
    return Library().match(model, *hashes)


def load(name: str, where: str = "preset") -> Preset:
    """The preset with this id, or the one in this `.yaml` file.

    Raises:
        PureNegativeError: there is no such preset, or its file is not a valid one.
    """
    return load_file(Path(name)) if _is_path(name) else Library().load(name, where)


def _is_path(name: str) -> bool:
    return name.lower().endswith((".yaml", ".yml"))


def load_file(path: Path) -> Preset:
    """The preset in one YAML file, read as UTF-8."""
    return preset.read(read_text(path), user_store.label(path))


def source_text(name: str) -> str:
    """The file of a preset as it is written, comments and all."""
    path = Path(name) if _is_path(name) else Library().path(name)
    text = read_text(path)
    preset.read(text, user_store.label(path))
    return text
