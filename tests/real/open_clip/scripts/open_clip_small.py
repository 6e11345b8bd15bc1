"""In the real WebUI: OpenCLIP knows the tests' small text model and its vocabulary; a route for the conditionings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import open_clip
from fastapi import FastAPI
from modules import prompt_parser, script_callbacks, sd_hijack_open_clip, sd_models, shared

HERE = Path(__file__).parents[1] / "small"

open_clip.add_model_config(HERE)
sd_hijack_open_clip.tokenizer = open_clip.tokenizer.SimpleTokenizer(str(HERE / "merges.txt.gz"))


def conditioning(body: dict[str, Any]) -> dict[str, Any]:
    """One text's conditioning as the WebUI makes it: lists of numbers, `pooled` for SDXL alone."""
    sd_models.reload_model_weights(info=sd_models.get_closet_checkpoint_match(body["checkpoint"]))
    shared.opts.data["emphasis"] = body["emphasis"]
    shared.opts.data["CLIP_stop_at_last_layers"] = body["clip_skip"]
    text = prompt_parser.SdConditioning([body["text"]], is_negative_prompt=body["negative"], width=64, height=64)
    ((found,),) = prompt_parser.get_learned_conditioning(shared.sd_model, text, 20)
    if not isinstance(found.cond, dict):
        return {"tokens": found.cond.tolist()}
    return {"tokens": found.cond["crossattn"].tolist(), "vector": found.cond["vector"].tolist()}


def add_route(_: Any, app: FastAPI) -> None:
    app.add_api_route("/pure-negative-tests/conditioning", conditioning, methods=["POST"])


script_callbacks.on_app_started(add_route)
