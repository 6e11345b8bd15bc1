"""The loaded checkpoint."""

from types import SimpleNamespace

from modules import shared

model_data = SimpleNamespace(sd_model=shared.sd_model)
