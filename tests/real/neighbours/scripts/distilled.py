"""Where the prompt says `distilled`, the checkpoint passes for one that takes no negative prompt, for that run."""

from modules import scripts, shared


class Distilled(scripts.Script):
    def title(self):
        return "Neighbour distilled"

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def before_process(self, p, *args):
        if "distilled" in str(p.prompt):
            shared.sd_model.use_distilled_cfg_scale = True

    def postprocess(self, p, processed, *args):
        if "distilled" in str(p.prompt):
            shared.sd_model.use_distilled_cfg_scale = False
