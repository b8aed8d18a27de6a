"""Right answers to the tasks of exercises/chain_rule.md, written another way than in
solutions/chain_rule.py.

A class for each task, a function for each answer, with the parameters of the task. The tests paste
a function's source into a notebook, so it uses nothing but `np`, its parameters and its own names.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class numerical_jacobian:
    def copies(f, x, h=1e-5):
        """Nudge a copy, and fill the columns of an array."""
        columns = []
        for j in range(len(x)):
            above, below = x.astype(float), x.astype(float)
            above[j] += h
            below[j] -= h
            columns.append((f(above) - f(below)) / (2 * h))
        return np.column_stack(columns)

    def entry_by_entry(f, x, h=1e-5):
        """Each partial derivative on its own, as in its definition."""
        x = np.array(x, dtype=float)
        n, m = len(x), len(f(x))
        jacobian = np.zeros((m, n))
        for i in range(m):
            for j in range(n):
                step = np.zeros(n)
                step[j] = h
                jacobian[i, j] = (f(x + step)[i] - f(x - step)[i]) / h / 2
        return jacobian


class chain_gradient:
    def transposes(jacobians, g):
        """The transposed Jacobian times a column."""
        for J in reversed(jacobians):
            g = J.T @ g
        return g

    def recursion(jacobians, g):
        """Take the last Jacobian off, and go on with a shorter chain."""
        pull = lambda chain, g: pull(chain[:-1], g @ chain[-1]) if chain else g  # noqa: E731
        return pull(jacobians, g)

    def sums(jacobians, g):
        """The sum over all results, written out."""
        for J in jacobians[::-1]:
            g = np.sum(g[:, np.newaxis] * J, axis=0)
        return g

    def loop(jacobians, g):
        """Einstein's summation."""
        for i in range(len(jacobians) - 1, -1, -1):
            g = np.einsum("i,ij->j", g, jacobians[i])
        return g


class multiplications:
    def one_by_one(sizes):
        """Keep the shape of the product so far."""
        n, *rest = sizes
        forward, inner = 0, rest[0]
        for m in rest[1:]:
            forward += m * inner * n
            inner = m
        *rest, m = sizes
        reverse, inner = 0, rest[-1]
        for n in rest[-2::-1]:
            reverse += m * inner * n
            inner = n
        return forward, reverse

    def mirrored(sizes):
        """The reverse order is the forward order of the mirrored sizes."""
        cost = lambda s: sum(s[0] * s[i] * s[i + 1] for i in range(1, len(s) - 1))  # noqa: E731
        return cost(sizes), cost(sizes[::-1])

    def products_of_vectors(sizes):
        """The sizes as an array."""
        s = np.array(sizes)
        return int(s[0] * (s[1:-1] @ s[2:])), int(s[-1] * (s[:-2] @ s[1:-1]))


class layer_vjp:
    def einsum(X, W, dY):
        """All sums written as indices."""
        slope = 1 - np.tanh(X @ W) ** 2
        return np.einsum("nk,nk,jk->nj", dY, slope, W)

    def cosh(X, W, dY):
        """1 - tanh² is (1 - tanh)(1 + tanh)."""
        Y = np.tanh(X @ W)
        return (W @ (dY * (1 - Y) * (1 + Y)).T).T

    def loop(X, W, dY):
        """Sample by sample, with the Jacobian of the layer."""
        dX = np.zeros_like(X)
        for i in range(len(X)):
            slope = 1 - np.tanh(X[i] @ W) ** 2
            dX[i] = dY[i] @ (slope[:, None] * W.T)
        return dX


class unbroadcast:
    def two_steps(g, shape):
        """First the new axes, then those of length 1."""
        while g.ndim > len(shape):
            g = g.sum(axis=0)
        for i, n in enumerate(shape):
            if n == 1:
                g = g.sum(axis=i, keepdims=True)
        return np.asarray(g)

    def padded(g, shape):
        """Put ones in front of the shape."""
        padded = (1,) * (g.ndim - len(shape)) + tuple(shape)
        axes = tuple(i for i in range(g.ndim) if padded[i] == 1)
        return g.sum(axis=axes, keepdims=True).reshape(shape)

    def places(g, shape):
        """Stretch the numbers of the entries, and add up what fell on each."""
        number = np.arange(int(np.prod(shape))).reshape(shape)
        total = np.zeros(shape, g.dtype)
        np.add.at(total.reshape(-1), np.broadcast_to(number, g.shape).ravel(), g.ravel())
        return total


class normalize_steps:
    def projection(X, dY):
        """Take away the part of dY along the row, then divide by the length."""
        r = np.linalg.norm(X, axis=1)[:, np.newaxis]
        Y = X / r
        along = (dY * Y).sum(axis=1, keepdims=True)
        return Y, -along / r, (dY - along * Y) / r

    def loop(X, dY):
        """Row by row, with the Jacobian of the row."""
        gap_1, gap_3 = np.zeros_like(X), np.zeros_like(X)
        gap_2 = np.zeros_like(X[:, :1])
        for i, (x, d) in enumerate(zip(X, dY, strict=True)):
            r = np.sqrt(x @ x)
            gap_1[i] = x / r
            gap_2[i] = -(d @ x) / r**2
            gap_3[i] = d @ (np.eye(len(x)) / r - np.outer(x, x) / r**3)
        return gap_1, gap_2, gap_3


class topological_order:
    def recursion(inputs, output):
        """A node goes into the list when its inputs are there."""
        order = []

        def visit(node):
            if node not in order:
                for i in inputs[node]:
                    visit(i)
                order.append(node)

        visit(output)
        return order

    def again_and_again(inputs, output):
        """Find what is needed; then take, again and again, what may come next."""
        needed, new = set(), {output}
        while new:
            needed |= new
            new = {i for node in new for i in inputs[node]} - needed
        order = []
        while len(order) < len(needed):
            order += [n for n in needed - set(order) if set(inputs[n]) <= set(order)]
        return order

    def longest_way(inputs, output):
        """Sort by the length of the longest way down to a node without inputs."""
        depth = {}

        def measure(node):
            if node not in depth:
                depth[node] = 1 + max((measure(i) for i in inputs[node]), default=0)
            return depth[node]

        measure(output)
        return sorted(depth, key=depth.get)

    def counted(inputs, output):
        """Count the uses of each node, and go back from the output, the last use first."""
        uses, waiting, seen = {}, [output], {output}
        while waiting:
            for i in inputs[waiting.pop()]:
                uses[i] = uses.get(i, 0) + 1
                if i not in seen:
                    seen.add(i)
                    waiting.append(i)
        ready, order = [output], []
        while ready:
            node = ready.pop()
            order.append(node)
            for i in inputs[node]:
                uses[i] -= 1
                if uses[i] == 0:
                    ready.append(i)
        return order[::-1]


class program_gradient:
    def slopes_on_the_way(program, x):
        """Keep the slopes in the forward pass."""
        values, slopes = [float(v) for v in x], []
        for name, inputs in program:
            a = [values[i] for i in inputs]
            if name == "+":
                value, slope = a[0] + a[1], (1.0, 1.0)
            elif name == "*":
                value, slope = a[0] * a[1], (a[1], a[0])
            elif name == "exp":
                value = float(np.exp(a[0]))
                slope = (value,)
            else:
                value = float(np.tanh(a[0]))
                slope = (1 - value**2,)
            values.append(value)
            slopes.append(slope)
        d = np.zeros(len(values))
        d[-1] = 1
        for k in range(len(program) - 1, -1, -1):
            for i, slope in zip(program[k][1], slopes[k], strict=True):
                d[i] += d[len(x) + k] * slope
        return values[-1], d[: len(x)]

    def forward(program, x):
        """Carry the gradient of every value along: right, and slower for a long x."""
        values = [(float(v), row) for v, row in zip(x, np.eye(len(x)), strict=True)]
        for name, inputs in program:
            (a, da), (b, db) = values[inputs[0]], values[inputs[-1]]
            if name == "+":
                values.append((a + b, da + db))
            elif name == "*":
                values.append((a * b, a * db + b * da))
            elif name == "exp":
                values.append((np.exp(a), np.exp(a) * da))
            else:
                values.append((np.tanh(a), (1 - np.tanh(a) ** 2) * da))
        return values[-1]

    def equations(program, x):
        """The slopes as a matrix; the derivatives solve a system of linear equations."""
        n, total = len(x), len(x) + len(program)
        v, S = np.zeros(total), np.zeros((total, total))
        v[:n] = x
        for k, (name, inputs) in enumerate(program, n):
            i, j = inputs[0], inputs[-1]
            if name == "+":
                v[k] = v[i] + v[j]
                S[k, i] += 1
                S[k, j] += 1
            elif name == "*":
                v[k] = v[i] * v[j]
                S[k, i] += v[j]
                S[k, j] += v[i]
            elif name == "exp":
                v[k] = S[k, i] = np.exp(v[i])
            else:
                v[k] = np.tanh(v[i])
                S[k, i] = 1 - v[k] ** 2
        d = np.linalg.solve(np.eye(total) - S.T, np.eye(total)[-1])
        return v[-1], d[:n]
