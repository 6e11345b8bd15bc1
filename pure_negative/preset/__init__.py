"""Presets: what one says, where they are kept, and which model each is for."""
