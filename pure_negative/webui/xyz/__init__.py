"""Our axes in the X/Y/Z plot, and the plot's own under the tick."""
