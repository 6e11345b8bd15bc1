"""Prompt styles: texts put around a prompt or after it."""

from typing import NamedTuple


class PromptStyle(NamedTuple):
    """One style; `{prompt}` in a text is where the prompt goes."""

    name: str
    prompt: str
    negative_prompt: str
    path: str = None


def merge_prompts(style_prompt, prompt):
    """The prompt in the style's text, or before it with a comma."""
    if "{prompt}" in style_prompt:
        return style_prompt.replace("{prompt}", prompt)
    return ", ".join(part for part in (prompt.strip(), style_prompt.strip()) if part)


class StyleDatabase:
    """The styles by name."""

    def __init__(self, paths):
        self.styles = {}
        self.no_style = PromptStyle("None", "", "", None)

    def apply_styles_to_prompt(self, prompt, styles):
        for name in styles:
            prompt = merge_prompts(self.styles.get(name, self.no_style).prompt, prompt)
        return prompt

    def apply_negative_styles_to_prompt(self, prompt, styles):
        for name in styles:
            prompt = merge_prompts(self.styles.get(name, self.no_style).negative_prompt, prompt)
        return prompt
