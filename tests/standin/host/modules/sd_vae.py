"""The VAE files there are, and which one is loaded."""

import hashlib
from pathlib import Path

from modules import shared

vae_dict = {}
"""File name → path."""
loaded_vae_file = None
"""The path of the one that is loaded."""
reloads = []
"""What was selected at each reload."""


def reload_vae_weights(sd_model=None, vae_file=None):
    reloads.append(shared.opts.sd_vae)


def get_loaded_vae_name():
    return None if loaded_vae_file is None else Path(loaded_vae_file).name


def get_loaded_vae_hash():
    return None if loaded_vae_file is None else hashlib.sha256(Path(loaded_vae_file).read_bytes()).hexdigest()[:10]
