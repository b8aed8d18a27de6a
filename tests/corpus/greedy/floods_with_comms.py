# A cell opens connections to widgets that are not there.
from comm import create_comm

for number in range(20_000):
    create_comm(target_name="flood", data={"state": "flood!" * 100})
