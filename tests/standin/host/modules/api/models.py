"""What the API's requests hold."""

from typing import Any

from pydantic import BaseModel


class StableDiffusionTxt2ImgProcessingAPI(BaseModel):
    """The processing object's fields, and what goes to the scripts."""

    prompt: str | None = ""
    negative_prompt: str | None = ""
    styles: list[str] | None = None
    seed: int | None = -1
    batch_size: int | None = 1
    n_iter: int | None = 1
    steps: int | None = 50
    cfg_scale: float | None = 7.0
    width: int | None = 512
    height: int | None = 512
    sampler_name: str | None = None
    scheduler: str | None = None
    enable_hr: bool | None = False
    hr_negative_prompt: str | None = ""
    override_settings: dict[str, Any] | None = None
    override_settings_restore_afterwards: bool | None = True
    script_name: str | None = None
    script_args: list | None = []
    alwayson_scripts: dict | None = {}
    send_images: bool | None = True
    infotext: str | None = None


class TextToImageResponse(BaseModel):
    """Pictures in base64, and the answer's JSON as a text."""

    images: list[str] = None
    parameters: dict
    info: str
