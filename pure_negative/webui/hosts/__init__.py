"""Which WebUI this is, and everything that differs between those we know: one file each, found by `detect.current`."""
