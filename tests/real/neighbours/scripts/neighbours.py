"""Two always-on scripts of the kinds that live beside ours: one rewrites prompts, one makes pictures of its own."""

from copy import copy

from modules import processing, scripts


class Rewriter(scripts.Script):
    """Like Dynamic Prompts: fills the prompt lists in `process`, from what is there by then."""

    def title(self):
        return "Neighbour rewriter"

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def process(self, p, *args):
        for index, prompt in enumerate(p.all_prompts):
            p.all_prompts[index] = prompt.replace("__animal__", ("cat", "dog", "fox")[index % 3])
        for index, negative in enumerate(p.all_negative_prompts):
            p.all_negative_prompts[index] = f"{negative}, rewritten" if "__animal__" in p.main_prompt else negative
        if "one negative" in p.main_prompt:
            p.all_negative_prompts[:] = p.all_negative_prompts[:1] * len(p.all_negative_prompts)


class Detailer(scripts.Script):
    """Like ADetailer: runs an inner img2img on each picture with the negative prompt it finds on `p`."""

    def title(self):
        return "Neighbour detailer"

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def postprocess_image(self, p, pp, *args):
        if getattr(p, "_inner", False) or "detail me" not in p.all_prompts[0]:
            return
        p.extra_generation_params = {**p.extra_generation_params, "Neighbour scale": p.cfg_scale}
        negative = p.all_negative_prompts[min(p.batch_index, len(p.all_negative_prompts) - 1)]
        inner = processing.StableDiffusionProcessingImg2Img(
            init_images=[pp.image],
            prompt="",
            negative_prompt=negative,
            steps=1,
            width=128,
            height=64,
            cfg_scale=3,
            sd_model=p.sd_model,
            sampler_name="Euler",
            seed=1,
            do_not_save_samples=True,
            do_not_save_grid=True,
        )
        inner._inner = True
        inner.scripts = copy(p.scripts)
        inner.scripts.alwayson_scripts = list(p.scripts.alwayson_scripts)
        inner.script_args = copy(p.script_args)
        done = processing.process_images(inner)
        p.extra_generation_params = {**p.extra_generation_params, "Neighbour saw": str(len(done.all_negative_prompts))}
        p.extra_generation_params["Neighbour negative"] = done.all_negative_prompts[0]
        p.extra_generation_params["Neighbour size"] = f"{inner.width} by {inner.height}"
        p.extra_generation_params["Neighbour CFG scale"] = str(inner.cfg_scale)
