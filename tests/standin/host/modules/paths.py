"""Where things are."""

from modules.paths_internal import data_path as data_path
