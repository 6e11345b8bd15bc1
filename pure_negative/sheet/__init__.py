"""The sheet: a grid of pictures over axes, made in batches, kept as it grows, and drawn. Importing it does nothing."""
