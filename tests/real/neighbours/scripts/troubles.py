"""An always-on script that makes trouble where the prompt asks for it; it replaces the sampling of that run alone.

`slowly`: each batch waits a little. `roomforN`: a batch of more than N pictures runs out of memory. `fails`: a batch
with the seed 13 ends in an error. `enough`: "stop after this" is pressed during the batch.
"""

import re
import time

from modules import devices, scripts, shared


class Troubles(scripts.Script):
    def title(self):
        return "Neighbour troubles"

    def show(self, is_img2img):
        return scripts.AlwaysVisible

    def process_batch(self, p, *args, **kwargs):
        text, sample = p.prompts[0], p.sample
        if not re.search(r"slowly|roomfor|fails|enough", text):
            return

        def troubled(**given):
            room = re.search(r"roomfor(\d)", text)
            if room and len(p.prompts) > int(room[1]):
                raise devices.torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate too much")
            if "fails" in text and 13 in p.seeds:
                raise RuntimeError("forced to fail")
            if "slowly" in text:
                time.sleep(1)
            if "enough" in text:
                shared.state.stop_generating()
            if room:
                p.extra_generation_params["Neighbour batch"] = len(p.prompts)
            return sample(**given)

        p.sample = troubled
