"""Where the WebUI mixes cond and uncond; no picture is made here."""


class CFGDenoiser:
    def combine_denoised(self, x_out, conds_list, uncond, cond_scale):
        raise RuntimeError("the stand-in makes no pictures")
