# A cell ends with sys.exit.
import sys

sys.exit("goodbye")
