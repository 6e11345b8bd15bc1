"""Components of the WebUI's own."""

import gradio as gr


class InputAccordion(gr.Checkbox):
    """A hidden checkbox, and an accordion that is open when it is ticked and takes what is made inside."""

    def __init__(self, value, **kwargs):
        name = kwargs.pop("elem_id")
        super().__init__(value, elem_id=f"{name}-checkbox", visible=False, **kwargs)
        self.accordion = gr.Accordion(open=value, elem_id=name, elem_classes=["input-accordion"], **kwargs)

    def __enter__(self):
        self.accordion.__enter__()
        return self

    def __exit__(self, *reason):
        self.accordion.__exit__(*reason)

    def get_block_name(self):
        return "checkbox"
