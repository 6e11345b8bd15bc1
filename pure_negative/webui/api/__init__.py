"""Routes under /pure-negative/v1/, and who may use them."""
