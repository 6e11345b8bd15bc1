"""The always-on script behind the tick."""
