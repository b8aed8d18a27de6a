# A thread prints when its cell has ended.
import threading


def flood():
    while True:
        print("flood " * 100)


threading.Thread(target=flood, daemon=True).start()
