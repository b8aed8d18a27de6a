# A cell displays scripts, frames, and pictures from elsewhere, in every form that there is.
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display

display(HTML("<script>alert(1)</script><img src=x onerror=alert(1)><iframe src=//evil.example>"))
display(HTML("<a href='javascript:alert(1)'>x</a><style>@import 'http://evil.example/'</style>"))
display(HTML("<base href=//evil.example><form action=//evil.example><meta http-equiv=refresh>"))
display(Javascript("alert(1)"))
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>1</script></svg>"))
display(Markdown("<script>alert(1)</script> ![x](http://evil.example/x.png) [x](javascript:1)"))
display(Latex("$\\href{javascript:alert(1)}{x}$ <script>alert(1)</script>"))
for kind in ("text/html", "text/latex", "text/markdown", "image/svg+xml", "application/pdf"):
    display({kind: "</pre></div><script>alert(1)</script>"}, raw=True)
display({"image/png": "'><script>alert(1)</script>", "image/jpeg": "x' onerror='1"}, raw=True)
display({"application/vnd.jupyter.widget-view+json": {"model_id": "<script>"}}, raw=True)
print("\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07 </pre><script>alert(1)</script>")
raise type("<script>alert(1)</script>", (Exception,), {})("<script>alert(1)</script>")
