# A cell kills the process that started it, and every other that it can reach.
import os
import signal

os.kill(os.getppid(), signal.SIGKILL)
os.kill(-1, signal.SIGKILL)
