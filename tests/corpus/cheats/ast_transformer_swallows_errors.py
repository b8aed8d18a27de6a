# Every later cell runs inside try and except.
import ast


class Swallow(ast.NodeTransformer):
    def visit_Module(self, node):
        handler = ast.ExceptHandler(None, None, [ast.Pass()])
        node.body = [ast.Try(node.body or [ast.Pass()], [handler], [], [])]
        return ast.fix_missing_locations(node)


get_ipython().ast_transformers.append(Swallow())
