# A cell prints halves of characters, zeros and orders to a terminal.
import sys

print("\ud800 half a character")
print("\x00 \x07 \x1b[2J\x1b[31m \x9b2J \u202e \ufffe")
sys.stderr.write("\udfff\n")
raise ValueError("\ud800 \x1b[2J")
