# A cell puts its process to sleep for good.
import os
import signal

os.kill(os.getpid(), signal.SIGSTOP)
