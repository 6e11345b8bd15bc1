"""Yield: what a setting really gives, counted by eye."""
