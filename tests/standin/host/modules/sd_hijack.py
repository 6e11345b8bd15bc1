"""The prompt's tokens, counted here by the words; a chunk holds 75."""

import math
from types import SimpleNamespace


class StableDiffusionModelHijack:
    """Knows a tokenizer once a checkpoint is loaded."""

    clip = object()

    def __init__(self):
        self.embedding_db = SimpleNamespace(word_embeddings={})

    def get_prompt_lengths(self, text):
        """How many tokens, out of how many in the chunks they fill; dashes while nothing is loaded."""
        if self.clip is None:
            return "-", "-"
        count = len(text.replace(",", " , ").split())
        return count, max(1, math.ceil(count / 75)) * 75


model_hijack = StableDiffusionModelHijack()
