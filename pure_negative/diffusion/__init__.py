"""The stand-alone engine: the only room that imports torch, diffusers and transformers. Importing the room does not."""
