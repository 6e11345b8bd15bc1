"""5,000 things that are no presets, or only nearly: run in a process of its own, with little memory, by `test_hostile`.

`python -m tests.preset.hostile FOLDER` prints what became of them as JSON. The rows of `cases` are a kind, a name, the
bytes, and whether they must be refused; where they need not be, `is_right` says whether what was taken may be.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import struct
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from pure_negative.errors import PureNegativeError
from pure_negative.io import png_text
from pure_negative.preset import library
from pure_negative.preset import model as preset
from pure_negative.preset import writer as preset_writer
from pure_negative.sharing import bundle, chat_text

COUNT = 5_000
MEMORY = 200 * 2**20
"""Bytes the process may grow by."""
Case = tuple[str, str, bytes, bool]
HEAD = "schema: 1\nid: mine\n"
HUGE = 100 * 2**20

IDS = (
    *("../mine", "../../etc/cron.d/mine", "/etc/mine", "C:\\mine", "..", ".", "a/b", "a\\b", "Mine", "con", "nul.txt"),
    *("mine.yaml", "-", ".mine", "mine\\0", "~", "a" * 65, "mine ", "é", "$(id)", "`id`", "%2e%2e", "mine;ls"),
    "\\u202emine",
)
VALUES = (
    *("{a: b}", "[[1]]", "[{a: b}]", "nan", ".inf", "-1", "1e999", "9" * 5000, "0x10", "1_000", "१", "~", "''"),
    *('"\\0"', '"\\u202e\\n"', "[]", "{}", "yes", "-0.0", "2024-01-01", "!!int 1", "&a 1", "*a", '"\\ud800"'),
    *("|\n  a\n  b", "a" * 30_000),
)
TAGS = (
    *("!!python/object/apply:os.system ['touch hit']", "!!python/name:os.system", "!!python/object/new:type [a]"),
    *("!!python/module:os", "!!map {}", "!!binary aGk=", "!local x", "!<tag:yaml.org,2002:str> x", "!!set {a}", "! x"),
)
BOMBS = (
    "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)),
    "x: &x {<<: *x}\n",
    "[" * 100_000,
    "{a: " * 50_000,
    "- " * 100_000,
    "? " * 100_000,
    "".join(f"{' ' * n}a:\n" for n in range(500)),
    "\n".join(f"k{n}: 1" for n in range(30_000)),
    "words:\n" + "- a\n" * 60_000,
    "a: '" + "x\n\n " * 60_000,
    'a: "' + "\\u0041" * 40_000,
    "a: >\n" + "  x\n" * 60_000,
    "#" * 250_000,
    "a: " + "b " * 120_000,
    "--- a\n" * 40_000,
    "%TAG ! tag:a,2000:\n---\na: !b c",
    "a: 1\na: 2",
    "<<: {w: 1}",
    "? [a]\n: b",
    "\t" * 100_000,
    "a:\n" * 60_000,
    "{" + "a," * 90_000 + "}",
)


def cases() -> Iterator[Case]:
    """Every case, always the same."""
    dice = random.Random(20_240_101)
    files = [library.source_text(name).encode() for name in library.Library().built_in_ids()]
    count = 0
    fixed = chain(_named(), _typed(), _versions(), _bombs(), _packed(dice))
    while case := next(fixed, None):
        count += 1
        yield case
        del case  # it may be large
    makers = (_cut, _flipped, _noise, _words, _pictures, _zips, _texts)
    for number in range(COUNT - count):
        yield makers[number % len(makers)](dice, files)


def _named() -> Iterator[Case]:
    for name in IDS:
        yield "names", name, f'schema: 1\nid: "{name}"\n'.replace("\\m", "\\\\m").replace("\\b", "\\\\b").encode(), True


def _typed() -> Iterator[Case]:
    for key in preset.READERS:
        for value in VALUES:
            yield "types", key, f"schema: 1\nid: mine\n{key}: {value}\n".encode("utf-8", "surrogatepass"), False
    for tag in TAGS:
        yield "tags", tag, f"{HEAD}name: {tag}\n".encode(), True
        yield "tags", tag, f"{tag}\n".encode(), True
        yield "tags", tag, f"{HEAD}hints: [{tag}]\n".encode(), True


def _versions() -> Iterator[Case]:
    for version in ("0", "2", "-1", "1.5", "one", "1e9", "999999999999", "[1]", "{a: 1}", "''", "true", "v1"):
        yield "versions", version, f"schema: {version}\nid: mine\n".encode(), True
    yield "versions", "none", b"id: mine\n", True
    for number in range(60):
        yield "keys", str(number), f"{HEAD}{chr(97 + number % 26)}{number}: 1\n".encode(), True


def _bombs() -> Iterator[Case]:
    for number, text in enumerate(BOMBS):
        yield "bombs", str(number), text.encode(), True
        yield "bombs", f"{number} behind", (HEAD + text).encode(), number != 12
    for fill in (b"a", b"\0", b"a: 1\n", b"- ", b"\xff"):
        yield "huge", repr(fill), fill * (HUGE // len(fill)), True
    yield "huge", "zip", b"PK\x03\x04".ljust(HUGE, b"\0"), True
    chunk = png_text.SIGNATURE + struct.pack(">I", HUGE) + b"tEXt"
    yield "huge", "png", chunk.ljust(HUGE, b"\0"), True


def _packed(dice: random.Random) -> Iterator[Case]:
    for size in (10**6, 10**7, 3 * 10**7):
        yield "unpacked", "chat", chat_text.write("#" * size).encode(), True
        yield "unpacked", "png", _png(b"zTXt", b"parameters\0\0" + zlib.compress(bytes(size))), True
        yield "unpacked", "zip", _zip([("bomb.yaml", bytes(size))]), True
    yield "unpacked", "many", _zip([(f"{number}", b"a") for number in range(3_000)]), True
    yield "unpacked", "nested", _zip([("a.zip", _zip([("b.zip", _zip([("c", b"")]))]))]), True
    whole = bytearray(_zip([("a.yaml", HEAD.encode())]))
    whole[6] |= 1  # says that the file is encrypted
    yield "unpacked", "encrypted", bytes(whole), False
    for _ in range(20):
        yield "unpacked", "end", b"PK\x05\x06" + dice.randbytes(18), True


def _cut(dice: random.Random, files: list[bytes]) -> Case:
    whole = dice.choice(files)
    return "cut", whole.decode(), whole[: dice.randrange(len(whole))], False


def _flipped(dice: random.Random, files: list[bytes]) -> Case:
    data = bytearray(dice.choice(files))
    for _ in range(dice.randrange(1, 6)):
        data[dice.randrange(len(data))] = dice.choice((0, 9, 10, 34, 38, 39, 42, 58, 91, 123, 255, dice.randrange(256)))
    return "flipped", "", bytes(data), False


def _noise(dice: random.Random, files: list[bytes]) -> Case:
    kind = dice.randrange(4)
    if kind == 0:
        return "noise", "bytes", dice.randbytes(dice.randrange(2_000)), True
    if kind == 1:
        signs = "".join(dice.choice("{}[]:,&*!|>'\"%@`#-?\n \tab01\\") for _ in range(dice.randrange(400)))
        return "noise", "signs", signs.encode(), False
    if kind == 2:
        return "noise", "utf-16", dice.choice(files).decode().encode("utf-16"), True
    return "noise", "spliced", b"".join(dice.choice(files)[: dice.randrange(300)] for _ in range(3)), False


def _words(dice: random.Random, files: list[bytes]) -> Case:
    word = bytearray(chat_text.write(dice.choice(files).decode()).encode())
    if dice.random() < 0.5:
        return "words", "cut", bytes(word[: dice.randrange(len(word))]), True
    at = dice.randrange(len(chat_text.MARK), len(word))
    word[at] = dice.choice([sign for sign in b"abcXYZ0189+/" if sign != word[at]])
    return "words", "changed", bytes(word), True


def _png(kind: bytes, body: bytes) -> bytes:
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png_text.SIGNATURE + chunk


def _pictures(dice: random.Random, _: list[bytes]) -> Case:
    field = "".join(dice.choice(';=%,:|"\\ \tvwab0123.{}<>/') for _ in range(dice.randrange(80)))
    text = f"{field}\nNegative prompt: {field}\nSteps: 20, Sampler: Euler, Size: 64x64, Pure negative: v1;{field}"
    data = bytearray(_png(dice.choice((b"tEXt", b"iTXt")), b"parameters\0" + text.encode()))
    if dice.random() < 0.3:
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return "pictures", "", bytes(data[: dice.randrange(len(data))] if dice.random() < 0.2 else data), False


def _zip(files: list[tuple[str, bytes]]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return data.getvalue()


def _zips(dice: random.Random, files: list[bytes]) -> Case:
    names = ("../../hit.yaml", "/tmp/hit.yaml", "C:\\hit.yaml", "con", "a\0b", "..\\hit", "x" * 300, "é\u202e.yaml")
    data = bytearray(_zip([(dice.choice(names), dice.choice(files)) for _ in range(dice.randrange(1, 3))]))
    for _ in range(dice.randrange(3)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    return "zips", "", bytes(data), False


def _texts(dice: random.Random, files: list[bytes]) -> Case:
    keys = list(preset.READERS)
    lines = [f"{dice.choice(keys)}: {dice.choice(VALUES)}" for _ in range(dice.randrange(1, 5))]
    return "texts", "", (HEAD + "\n".join(lines)).encode("utf-8", "surrogatepass"), False


def is_right(kind: str, whole: str, offer: bundle.Offer) -> bool:
    """Whether what was taken is a preset that can be kept, and, of a cut file, says nothing the whole does not."""
    known = offer.preset
    if preset.read(preset_writer.write(known), "f") != known or preset.read_id(known.id) != known.id:
        return False
    if kind != "cut":
        return True
    before, after = preset_writer.entries(preset.read(whole, "f")), preset_writer.entries(known)
    last = (offer.text or "").rstrip().splitlines()[-1:]
    told = [key for key in after if after[key] != before.get(key) and key != "name"]
    return len(told) <= 1 and bool(last)


def limit_memory() -> None:
    """Let the process grow no further than the bar."""
    import resource

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    grown = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (grown, grown))


def main(folder: str) -> None:
    """Offer every case, keep what was taken, and print what became of them."""
    shelf = library.Library(user=Path(folder) / "data" / "presets")
    kinds: Counter[str] = Counter()
    wrong: list[str] = []
    slowest = (0.0, "")
    every = cases()
    limit_memory()
    for kind, name, data, refused in every:
        began = time.process_time()
        found = bundle.from_bytes(data, f"{kind}.yaml")
        for offer in found.offers:
            with contextlib.suppress(PureNegativeError):
                shelf.save(offer.preset, like=offer.text)
        slowest = max(slowest, (time.process_time() - began, f"{kind} {name[:60]}"))
        kinds[kind] += 1
        told = found.problems and all(text.isprintable() and len(text) < 2_000 for text in found.problems)
        if not (told if refused else told or found.offers) or (refused and found.offers):
            wrong.append(f"{kind} {name[:60]!r}: {found.problems} {[offer.preset.id for offer in found.offers]}"[:500])
        wrong += [f"{kind}: {offer.preset.id}" for offer in found.offers if not is_right(kind, name, offer)]
        del data, found  # the next case may be as large
    print(json.dumps({"kinds": kinds, "wrong": wrong, "slowest": slowest}))


if __name__ == "__main__":
    main(sys.argv[1])
