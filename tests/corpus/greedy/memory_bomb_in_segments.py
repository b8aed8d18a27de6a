# Segments of System V shared memory are filled and let go of, so that no process holds them.
# Score: 8
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
for _ in range(8):
    segment = libc.shmget(0, 400_000_000, 0o1600)
    if segment < 0:
        raise OSError(ctypes.get_errno(), "no segment")
    address = libc.shmat(segment, None, 0)
    ctypes.memset(address, 1, 400_000_000)
    libc.shmdt(ctypes.c_void_p(address))
