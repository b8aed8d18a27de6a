# A cell takes all memory that there is.
taken = []
while True:
    taken.append(bytearray(50_000_000))
