"""The VAE files there are, and which one is loaded."""

from modules import shared

vae_dict = {}
"""File name → path."""
reloads = []
"""What was selected at each reload."""


def reload_vae_weights(sd_model=None, vae_file=None):
    reloads.append(shared.opts.sd_vae)
