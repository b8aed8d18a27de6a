# A cell prints short lines for ever.
while True:
    print("flood " * 20)
