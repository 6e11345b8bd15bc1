"""POST /sdapi/v1/txt2img, and errors as JSON."""

import base64
import io
from contextlib import closing
from secrets import compare_digest

import gradio as gr
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from PIL import PngImagePlugin

from modules import errors, infotext_utils, scripts, sd_samplers, shared
from modules.api import models
from modules.processing import StableDiffusionProcessingTxt2Img, process_images


def script_name_to_index(name, scripts):
    try:
        return [script.title().lower() for script in scripts].index(name.lower())
    except Exception as error:
        raise HTTPException(status_code=422, detail=f"Script '{name}' not found") from error


def encode_pil_to_base64(image):
    metadata = PngImagePlugin.PngInfo()
    for key, value in image.info.items():
        metadata.add_text(key, value)
    with io.BytesIO() as file:
        image.save(file, format="PNG", pnginfo=metadata)
        return base64.b64encode(file.getvalue())


def api_middleware(app: FastAPI):
    """Whatever is raised becomes JSON, its own `status_code` and `detail` where it has them."""

    def answer(request: Request, error: Exception):
        own = vars(error)
        told = {
            "error": type(error).__name__,
            "detail": own.get("detail", ""),
            "body": own.get("body", ""),
            "errors": str(error),
        }
        if not isinstance(error, HTTPException):
            errors.report(f"API error: {request.method}: {request.url} {told}", exc_info=True)
        return JSONResponse(status_code=own.get("status_code", 500), content=jsonable_encoder(told))

    @app.middleware("http")
    async def catch(request: Request, call_next):
        try:
            return await call_next(request)
        except Exception as error:
            return answer(request, error)

    @app.exception_handler(HTTPException)
    async def told(request: Request, error: HTTPException):
        return answer(request, error)


class Api:
    """The routes, with each script's defaults as it gives them when its controls are built once more."""

    def __init__(self, app, queue_lock):
        self.app, self.queue_lock = app, queue_lock
        api_middleware(app)
        self.add_api_route(
            "/sdapi/v1/txt2img", self.text2imgapi, methods=["POST"], response_model=models.TextToImageResponse
        )
        self.default_script_arg_txt2img = self.init_default_script_args(scripts.scripts_txt2img)

    def add_api_route(self, path, endpoint, **kwargs):
        guard = [Depends(self.auth)] if shared.cmd_opts.api_auth else []
        return self.app.add_api_route(path, endpoint, dependencies=guard, **kwargs)

    def auth(self, credentials: HTTPBasicCredentials = Depends(HTTPBasic())):  # noqa: B008
        known = dict(pair.split(":") for pair in shared.cmd_opts.api_auth.split(","))
        if compare_digest(credentials.password, known.get(credentials.username, "\0")):
            return True
        raise HTTPException(401, "Incorrect username or password", headers={"WWW-Authenticate": "Basic"})

    def init_default_script_args(self, script_runner):
        """None where no script has a control; two more calls of every `ui`."""
        args = [0, *[None] * max(script.args_to for script in script_runner.scripts)]
        with gr.Blocks():
            for script in script_runner.scripts:
                if script.ui(script.is_img2img):
                    values = [component.value for component in script.ui(script.is_img2img)]
                    args[script.args_from : script.args_to] = values
        return args

    def init_script_args(
        self, request, default_script_args, selectable_scripts, selectable_idx, script_runner, *, input_script_args=None
    ):
        """The defaults, under what an infotext says, under the request's own."""
        args = list(default_script_args)
        for index, value in (input_script_args or {}).items():
            args[index] = value
        if selectable_scripts:
            args[selectable_scripts.args_from : selectable_scripts.args_to] = request.script_args
            args[0] = selectable_idx + 1
        for name, given in (request.alwayson_scripts or {}).items():
            script = script_runner.scripts[script_name_to_index(name, script_runner.scripts)]
            if not script.alwayson:
                raise HTTPException(422, "Cannot have a selectable script in the always on scripts params")
            if "args" in given:
                for index in range(min(script.args_to - script.args_from, len(given["args"]))):
                    args[script.args_from + index] = given["args"][index]
        return args

    def apply_infotext(self, request, tabname, *, script_runner=None, mentioned_script_args=None):
        """Fill what the request leaves out from its infotext; callbacks on pasting are not called."""
        if not request.infotext:
            return {}
        params = infotext_utils.parse_generation_parameters(request.infotext)
        given = request.dict(exclude_unset=True)
        indexes = {component: index for index, component in enumerate(script_runner.inputs)}
        for field in infotext_utils.paste_fields[tabname]["fields"]:
            wanted = type(field.component.value)
            if field.api in request.__fields__:
                wanted = request.__fields__[field.api].type_
            value = field.function(params) if field.function else params.get(field.label)
            if value is None or wanted is type(None):
                continue
            value = value if isinstance(value, wanted) else wanted(value)
            if field.api and field.api not in given:
                setattr(request, field.api, value)
            if field.component in indexes:
                mentioned_script_args[indexes[field.component]] = value
        found = {key: value for _, key, value in infotext_utils.get_override_settings(params)}
        request.override_settings = found | (request.override_settings or {})
        return params

    def text2imgapi(self, txt2imgreq: models.StableDiffusionTxt2ImgProcessingAPI):
        runner, mentioned = scripts.scripts_txt2img, {}
        self.apply_infotext(txt2imgreq, "txt2img", script_runner=runner, mentioned_script_args=mentioned)
        chosen, index = None, None
        if txt2imgreq.script_name:
            index = script_name_to_index(txt2imgreq.script_name, runner.selectable_scripts)
            chosen = runner.selectable_scripts[index]
        defaults = self.default_script_arg_txt2img
        args = self.init_script_args(txt2imgreq, defaults, chosen, index, runner, input_script_args=mentioned)
        fields = {**vars(txt2imgreq), "do_not_save_samples": True, "do_not_save_grid": True}
        for name in ("script_name", "script_args", "alwayson_scripts", "infotext", "send_images"):
            fields.pop(name)
        sampler, scheduler = sd_samplers.get_sampler_and_scheduler(
            fields["sampler_name"] or "Euler", fields["scheduler"]
        )
        fields |= {"sampler_name": sampler, "scheduler": None if scheduler == "Automatic" else scheduler}
        with self.queue_lock, closing(StableDiffusionProcessingTxt2Img(**fields)) as p:
            p.is_api = True
            p.scripts, p.script_args = runner, tuple(args)
            processed = runner.run(p, *p.script_args) if chosen else process_images(p)
        images = [encode_pil_to_base64(image) for image in processed.images]
        return models.TextToImageResponse(images=images, parameters=vars(txt2imgreq), info=processed.js())
