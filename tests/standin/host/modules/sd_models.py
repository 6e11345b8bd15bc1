"""The loaded checkpoint."""

from types import SimpleNamespace

from modules import shared

model_data = SimpleNamespace(sd_model=shared.sd_model)
checkpoint_aliases = {}
"""Every name of a checkpoint → what is known of it."""
