"""The gradio panel, from small builders; the WebUI and the stand-alone page show the same one."""
