"""The stand-alone page: the panel, a Generate button and a gallery, served on this machine alone."""
