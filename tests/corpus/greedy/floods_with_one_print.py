# A cell prints 300 MB at once.
print("flood!" * 50_000_000)
