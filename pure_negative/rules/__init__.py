"""The research's rules: from ratio to size, from W and size to CFG scale, and the schedule type of a sampler."""
