"""The embedded checkpoint's CLIP tokenizer: a byte-level BPE vocabulary learnt from the words of the seeds.

Learning a merge at a time until every word is one token is what gives any CLIP tokenizer, slow or fast, the same ids.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

WORDS = """
    a abs absurdres aesthetic amg an anatomy and anime apocalypse arms art artifacts artist astolfo back background bad
    beautiful benz best bits blonde blue blurry body border boy boys bubble building by car cat chibi city color comic
    confident cropped delicate deformed details digit digits disconnected disfigured dog dress early english error
    exceptional expression extra extremely eyes face fate feet few fewer fingers floating focus formal fused girl girls
    glasses greyscale hair hand hands head heterochromia high highres house human humans husky illustration in jpeg
    kimono landscape legs less light lighting limbs line long low lowres making malformed many masterpiece mercedes miku
    missing monochrome more morbid multiple muscular mutated mutation mutilated name naked no normal nsfw of oldest on
    out outside park parts perspective picture poor poorly proportions quality radiant recent red sad scan score
    shadow shoulders signature simple sitting sky solo speech style stunning tall text the tone tones too torso traffic
    tree ugly ultra username very view watermark white with worst 1 0 2 3 4 5 6 7 8 9
"""
END_OF_WORD = "</w>"
START, END = "<|startoftext|>", "<|endoftext|>"
LONGEST = 77

Pair = tuple[str, str]


def tokenizer_files() -> dict[str, str]:
    """The four tokenizer files that the WebUI's transformers (4.30) and today's both read, by name."""
    merges = learn_merges(WORDS.split())
    tokens = _tokens(merges)
    return {
        "vocab.json": json.dumps(tokens, ensure_ascii=False),
        "merges.txt": "\n".join(["#version: 0.2", *(f"{left} {right}" for left, right in merges), ""]),
        "tokenizer_config.json": json.dumps(
            _special() | {"model_max_length": LONGEST, "do_lower_case": True, "tokenizer_class": "CLIPTokenizer"}
        ),
        "special_tokens_map.json": json.dumps(_special()),
    }


def size() -> int:
    """How many tokens there are: the rows of the token embedding."""
    return len(_tokens(learn_merges(WORDS.split())))


def special_ids() -> tuple[int, int]:
    """The ids of the start and of the end token, which is the padding too."""
    return size() - 2, size() - 1


def _special() -> dict[str, str]:
    return {"bos_token": START, "eos_token": END, "unk_token": END, "pad_token": END}


def _tokens(merges: list[Pair]) -> dict[str, int]:
    symbols = list(byte_symbols().values())
    every = [*symbols, *(symbol + END_OF_WORD for symbol in symbols), *(left + right for left, right in merges)]
    return {token: index for index, token in enumerate([*every, START, END])}


def byte_symbols() -> dict[int, str]:
    """Each byte as the printable character that byte-level BPE writes for it: itself, or one from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + i) for i, byte in enumerate(others)}


def learn_merges(words: list[str]) -> list[Pair]:
    """Byte-pair merges, most frequent pair first, ties by the letters, until each (ASCII) word is one symbol."""
    spelt = [(*word[:-1], word[-1] + END_OF_WORD) for word in words]
    merges: list[Pair] = []
    while pairs := Counter(pair for word in spelt for pair in pairwise(word)):
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        spelt = [_merge(word, best) for word in spelt]
    return merges


def _merge(word: tuple[str, ...], pair: Pair) -> tuple[str, ...]:
    merged: list[str] = []
    for symbol in word:
        if merged and (merged[-1], symbol) == pair:
            merged[-1] += symbol
        else:
            merged.append(symbol)
    return tuple(merged)
