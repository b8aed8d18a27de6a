# A cell ends its process on the spot.
import os

os._exit(0)
