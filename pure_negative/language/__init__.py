"""What a user reads, in their language: message catalogues (gettext) and what chooses one of them."""
