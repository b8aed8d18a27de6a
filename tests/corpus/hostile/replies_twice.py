# Each reply is sent ten times.
# Score: any
import sys

for module in list(sys.modules.values()):
    if hasattr(module, "Line") and hasattr(module, "encode"):
        real = module.Line.send

        def send(line, **message):
            for _ in range(10):
                real(line, **message)

        module.Line.send = send
