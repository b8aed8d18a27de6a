# The metadata of a cell is a thousand tables deep, and the rest is in order.
# Score: any
import json


def submit(folder, work):
    text = json.dumps(work)
    deep = '{"a": ' * 900 + "0" + "}" * 900
    text = text.replace('"metadata": {}', f'"metadata": {{"deep": {deep}}}', 1)
    (folder / "mini.ipynb").write_text(text)
