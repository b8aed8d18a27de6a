# A process goes on when its cell has ended.
# Score: any
import subprocess
import sys

LOOP = "while True: print('flood ' * 100)"
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", LOOP], start_new_session=True)
