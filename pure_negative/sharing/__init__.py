"""Presets from one user to another: bundles, chat texts, pictures, and what is wrong with them."""
