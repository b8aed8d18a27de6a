# A cell empties the modules and the builtins of its process.
# Score: any
import builtins
import sys

for name in list(sys.modules):
    if not name.startswith(("IPython", "asyncio", "traitlets")):
        sys.modules.pop(name, None)
for name in ("print", "len", "open", "__import__", "getattr"):
    delattr(builtins, name)
