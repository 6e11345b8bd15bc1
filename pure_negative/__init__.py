"""Pure negative prompts for Stable Diffusion: emphasis, size and CFG scale that go together."""

__version__ = "0.2.0"
