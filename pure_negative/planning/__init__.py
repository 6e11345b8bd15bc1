"""From choices to one txt2img request, and from a picture's parameters text back to choices."""
