"""The program that draws pictures and trains the small model on them; no part of what is installed."""
