# An error has a message of 100 MB.
raise ValueError("flood!" * 16_000_000)
