"""Wrong answers to the tasks of exercises/chain_rule.md, each with a sentence of advice.

A class for each task, a function for each mistake, with the parameters of the task. The grader
pastes a function's source into a notebook, so it uses nothing but `np`, its parameters and its own
names. (E…) is the number of an erratum that the mistake comes from.
"""

# ruff: noqa: ANN001, ANN201, N805
import numpy as np


class numerical_jacobian:
    def transposed(f, x, h=1e-5):
        """A nudge of one argument gives a column, not a row: results run down, arguments across."""
        x = np.asarray(x, dtype=float)
        return np.array([(f(x + s) - f(x - s)) / (2 * h) for s in h * np.eye(x.size)])

    def forward_difference(f, x, h=1e-5):
        """You nudge to one side only: the central difference goes h up and h down."""
        x = np.asarray(x, dtype=float)
        return np.array([(f(x + s) - f(x)) / h for s in h * np.eye(x.size)]).T

    def divided_by_h(f, x, h=1e-5):
        """From h below to h above is a way of 2h: divide by that."""
        x = np.asarray(x, dtype=float)
        return np.array([(f(x + s) - f(x - s)) / h for s in h * np.eye(x.size)]).T

    def own_step(f, x, h=1e-5):
        """Use the step that you are given: yours does not change when h does."""
        x = np.asarray(x, dtype=float)
        return np.array([(f(x + s) - f(x - s)) / 2e-6 for s in 1e-6 * np.eye(x.size)]).T

    def relative_step(f, x, h=1e-5):
        """The step is h for each element, not h times the element."""
        columns = []
        for j in range(x.size):
            step = np.zeros(x.size)
            step[j] = h * x[j]
            columns.append((f(x + step) - f(x - step)) / (2 * step[j]))
        return np.array(columns).T

    def all_at_once(f, x, h=1e-5):
        """You nudge all elements at once: a partial derivative moves one and holds the others."""
        x = np.asarray(x, dtype=float)
        return np.array([(f(x + h) - f(x - h)) / (2 * h) for _ in x]).T

    def nudged_in_place(f, x, h=1e-5):
        """You nudge the caller's array and never put it back; work on a copy."""
        columns = []
        for j in range(x.size):
            x[j] += h
            above = f(x)
            x[j] -= 2 * h
            columns.append((above - f(x)) / (2 * h))
        return np.array(columns).T

    def integers(f, x, h=1e-5):
        """A nudge of an integer array is cut off to a whole number: make it float first."""
        columns = []
        for j in range(x.size):
            above, below = x.copy(), x.copy()
            above[j] += h
            below[j] -= h
            columns.append((f(above) - f(below)) / (2 * h))
        return np.array(columns).T

    def of_the_sum(f, x, h=1e-5):
        """You add the results up: the Jacobian has a row for each of them."""
        x = np.asarray(x, dtype=float)
        return np.array([np.sum(f(x + s) - f(x - s)) / (2 * h) for s in h * np.eye(x.size)])


class chain_gradient:
    def first_function_first(jacobians, g):
        """The gradient comes from the end: it meets the last Jacobian first."""
        for J in jacobians:
            g = g @ J
        return g

    def no_transpose(jacobians, g):
        """Each Jacobian is on the wrong side: each argument collects from all results. (E11)"""
        for J in jacobians[::-1]:
            g = J @ g
        return g

    def carried_forward(jacobians, g):
        """That is how a change of x travels to the result; a gradient travels back. (E1)"""
        for J in jacobians:
            g = J @ g
        return g

    def one_path(jacobians, g):
        """You follow only the path from argument j to result j: add up over all results. (E4)"""
        for J in jacobians[::-1]:
            g = g[: len(np.diag(J))] * np.diag(J)
        return g

    def divided(jacobians, g):
        """You undo the functions: a gradient is multiplied by slopes, not divided by them. (E3)"""
        for J in jacobians[::-1]:
            g = np.linalg.pinv(J) @ g
        return g

    def last_only(jacobians, g):
        """Only one Jacobian enters your result: the chain has several."""
        return g @ jacobians[-1]

    def sum_of_columns(jacobians, g):
        """Where does g enter? Each result counts with its own entry of the gradient."""
        total = np.ones(len(g))
        for J in jacobians[::-1]:
            total = total @ J
        return total

    def row_vector(jacobians, g):
        """The numbers are right; the gradient must be flat, like x."""
        g = g.reshape(1, -1)
        for J in jacobians[::-1]:
            g = g @ J
        return g


class multiplications:
    def exchanged(sizes):
        """You return the reverse order first."""
        edges = [sizes[i] * sizes[i + 1] for i in range(len(sizes) - 1)]
        return sizes[-1] * sum(edges[:-1]), sizes[0] * sum(edges[1:])

    def product_with_the_identity(sizes):
        """A chain of k matrices has k - 1 products: you count one more."""
        edges = [sizes[i] * sizes[i + 1] for i in range(len(sizes) - 1)]
        return sizes[0] * sum(edges), sizes[-1] * sum(edges)

    def entries_only(sizes):
        """You count the entries of each product, but each entry is a sum of several products."""
        return sizes[0] * sum(sizes[2:]), sizes[-1] * sum(sizes[:-2])

    def with_additions(sizes):
        """You count the additions, too: only multiplications are asked for."""
        edges = [sizes[i] * sizes[i + 1] for i in range(len(sizes) - 1)]
        return 2 * sizes[0] * sum(edges[1:]), 2 * sizes[-1] * sum(edges[:-1])

    def neighbours_only(sizes):
        """You count J_3 times J_2, but the product so far has another shape than J_2."""
        total = sum(a * b * c for a, b, c in zip(sizes, sizes[1:], sizes[2:], strict=False))
        return total, total

    def vector_at_the_end(sizes):
        """Your reverse order is right for one result only: how many rows has J_k? (E22)"""
        edges = [sizes[i] * sizes[i + 1] for i in range(len(sizes) - 1)]
        return sizes[0] * sum(edges[1:]), sum(edges[:-1])

    def one_product(sizes):
        """You count the last product of each order: add up all the products."""
        k = len(sizes) - 1
        if k < 2:
            return 0, 0
        return sizes[k] * sizes[k - 1] * sizes[0], sizes[k] * sizes[1] * sizes[0]

    def all_sizes_multiplied(sizes):
        """The products come one after the other: their costs add up, they do not multiply."""
        total = int(np.prod(sizes)) if len(sizes) > 2 else 0
        return total, total

    def floats(sizes):
        """The numbers are right, but a number of multiplications is a whole number."""
        edges = [sizes[i] * sizes[i + 1] for i in range(len(sizes) - 1)]
        return sizes[0] * sum(edges[1:]) * 1.0, sizes[-1] * sum(edges[:-1]) * 1.0


class layer_vjp:
    def both_mistakes(X, W, dY):
        """Both mistakes are still there: begin with the division. (E3 E4)"""
        Y = np.tanh(X @ W)
        dZ = dY / (1 - Y**2)
        return dZ * np.diag(W)

    def still_one_path(X, W, dY):
        """The slope is right now; but each input goes into every unit, not into one. (E4)"""
        Y = np.tanh(X @ W)
        return dY * (1 - Y**2) * np.diag(W)

    def still_divided(X, W, dY):
        """The sum is right now; but you divide by the slope: a saturated unit gives 1/0. (E3)"""
        Y = np.tanh(X @ W)
        return (dY / (1 - Y**2)) @ W.T

    def not_transposed(X, W, dY):
        """Input j collects from all units k through W[j, k]: sum over the second index. (E11)"""
        Y = np.tanh(X @ W)
        return (dY * (1 - Y**2)) @ W

    def slope_of_the_output(X, W, dY):
        """You apply tanh twice: the slope belongs to z, and tanh z is Y already."""
        Y = np.tanh(X @ W)
        return (dY * (1 - np.tanh(Y) ** 2)) @ W.T

    def slope_without_tanh(X, W, dY):
        """You put z itself into the slope: it is 1 minus the square of tanh z."""
        Z = X @ W
        return (dY * (1 - Z**2)) @ W.T

    def times_the_output(X, W, dY):
        """The way back multiplies by slopes, not by outputs: there is an extra Y. (E21)"""
        Y = np.tanh(X @ W)
        return (dY * Y * (1 - Y**2)) @ W.T

    def no_slope(X, W, dY):
        """The tanh is missing on your way back: from Y you have to come to Z first."""
        return dY @ W.T

    def slope_last(X, W, dY):
        """The slope belongs to the units, between dY and W: yours comes after W."""
        Y = np.tanh(X @ W)
        return (dY @ W.T) * (1 - Y**2)

    def for_the_weights(X, W, dY):
        """That is the derivative with respect to W: read again what is to be moved. (E23)"""
        Y = np.tanh(X @ W)
        return X.T @ (dY * (1 - Y**2))


class unbroadcast:
    def mean(g, shape):
        """Parallel paths add up: you take their mean."""
        more = g.ndim - len(shape)
        axes = tuple(i for i in range(g.ndim) if i < more or shape[i - more] == 1)
        return np.mean(g, axis=axes).reshape(shape)

    def one_copy(g, shape):
        """You keep the gradient of one copy, but every copy reaches the loss. (E4)"""
        more = g.ndim - len(shape)
        first = g[(0,) * more] if more else g
        for i, n in enumerate(shape):
            first = np.take(first, range(n), axis=i)
        return first

    def rows_only(g, shape):
        """You always add up along the first axis: see which axes were stretched. (E11)"""
        return np.sum(g, axis=0).reshape(shape)

    def new_axes_only(g, shape):
        """Axes of length 1 were stretched, too: add up along them and keep them. (E11)"""
        while g.ndim > len(shape):
            g = np.sum(g, axis=0)
        return g

    def axes_of_one_only(g, shape):
        """Where the array had fewer axes, new ones were put in front: add up along them, too."""
        for i, n in enumerate(shape):
            if n == 1 and i < g.ndim:
                g = np.sum(g, axis=i, keepdims=True)
        return g

    def axes_dropped(g, shape):
        """The sums are right, their shape is not: an axis of length 1 stays an axis."""
        more = g.ndim - len(shape)
        axes = tuple(i for i in range(g.ndim) if i < more or shape[i - more] == 1)
        return np.sum(g, axis=axes)

    def everything(g, shape):
        """Your sum runs over all of g: each entry of the array has its own copies."""
        return np.full(shape, np.sum(g), dtype=g.dtype)

    def new_axes_behind(g, shape):
        """NumPy puts new axes in front: compare the shapes from the right."""
        axes = tuple(i for i in range(g.ndim) if i >= len(shape) or shape[i] != g.shape[i])
        return np.sum(g, axis=axes).reshape(shape)

    def unequal_lengths(g, shape):
        """You tell axes by their lengths, but two axes may be equally long: go from the right."""
        sizes = list(shape)
        axes = []
        for i, n in enumerate(g.shape):
            if n in sizes:
                sizes.remove(n)
            else:
                axes.append(i)
        return np.sum(g, axis=tuple(axes)).reshape(shape)

    def cut(g, shape):
        """You cut the array to size: entries are left out that should be added."""
        return np.resize(g, shape)


class normalize_steps:
    def straight_path_only(X, dY):
        """Gap 3 lacks the path through r: x changes the length, too. (E4)"""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_2 = -np.sum(dY * X, axis=1, keepdims=True) / r**2
        return X / r, gap_2, dY / r

    def path_through_r_only(X, dY):
        """Gap 3 lacks the straight path through y_i, with r held fast. (E4)"""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_2 = -np.sum(dY * X, axis=1, keepdims=True) / r**2
        return X / r, gap_2, gap_2 * X / r

    def one_of_many(X, dY):
        """Gap 2 is one number a row: r goes into every y_i, and all these paths add up. (E4)"""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_2 = -dY * X / r**2
        return X / r, gap_2, dY / r + gap_2 * X / r

    def sign_lost(X, dY):
        """Check the sign of gap 2: what does x / r do when r grows?"""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_2 = np.sum(dY * X, axis=1, keepdims=True) / r**2
        return X / r, gap_2, dY / r + gap_2 * X / r

    def paths_subtracted(X, dY):
        """Gap 3 is a sum of paths; the minus sign is in gap 2 already."""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_2 = -np.sum(dY * X, axis=1, keepdims=True) / r**2
        return X / r, gap_2, dY / r - gap_2 * X / r

    def power_of_r(X, dY):
        """Look at gap 2: the derivative of 1/r has the square of r in it."""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_2 = -np.sum(dY * X, axis=1, keepdims=True) / r
        return X / r, gap_2, dY / r + gap_2 * X / r

    def slopes_added(X, dY):
        """In gap 1 you add the two slopes of step 1: along a path they multiply."""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_1, gap_2 = 2 * X + 1 / (2 * r), -np.sum(dY * X, axis=1, keepdims=True) / r**2
        return gap_1, gap_2, dY / r + gap_2 * gap_1

    def half_forgotten(X, dY):
        """In gap 1 a 2 does not cancel: the root has a half in its slope."""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_1, gap_2 = 2 * X / r, -np.sum(dY * X, axis=1, keepdims=True) / r**2
        return gap_1, gap_2, dY / r + gap_2 * gap_1

    def inner_slope_forgotten(X, dY):
        """Gap 1 ends at s: multiply by the derivative of s with respect to x, too."""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_1, gap_2 = 0 * X + 1 / (2 * r), -np.sum(dY * X, axis=1, keepdims=True) / r**2
        return gap_1, gap_2, dY / r + gap_2 * gap_1

    def columns_are_samples(X, dY):
        """Rows are samples: the sums run along axis 1."""
        r = np.sqrt(np.sum(X**2, axis=0))
        gap_2 = -np.sum(dY * X, axis=0) / r**2
        return X / r, gap_2, dY / r + gap_2 * X / r

    def samples_mixed(X, dY):
        """Each row has its own gap 2: yours is a sum over all the rows. (E11)"""
        r = np.sqrt(np.sum(X**2, axis=1, keepdims=True))
        gap_2 = -np.sum(dY * X / r**2) * np.ones_like(r)
        return X / r, gap_2, dY / r + gap_2 * X / r

    def flat(X, dY):
        """The numbers are right; gap 2 must have the shape (n, 1)."""
        r = np.sqrt(np.sum(X**2, axis=1))
        gap_2 = -np.sum(dY * X, axis=1) / r**2
        return X / r[:, None], gap_2, dY / r[:, None] + (gap_2 / r)[:, None] * X


class topological_order:
    def output_first(inputs, output):
        """Your list runs backwards: the output comes last, as it waits for all the others."""
        order, waiting = [], [(output, False)]
        while waiting:
            node, ready = waiting.pop()
            if ready:
                order.append(node)
            elif (node, True) not in waiting and node not in order:
                waiting += [(node, True)] + [(i, False) for i in inputs[node]]
        return order[::-1]

    def nearest_last(inputs, output):
        """How far a node is from the output does not tell: a node may be used near and far off."""
        order = [output]
        for node in order:
            order += [i for i in dict.fromkeys(inputs[node]) if i not in order]
        return order[::-1]

    def by_number(inputs, output):
        """The numbers of the nodes say nothing about their order: look at the inputs."""
        needed, new = set(), {output}
        while new:
            needed |= new
            new = {i for node in new for i in inputs[node]} - needed
        return sorted(needed)

    def all_nodes(inputs, output):
        """You order all nodes of the graph; take those only that the output depends on."""
        order = []
        while len(order) < len(inputs):
            for node in range(len(inputs)):
                if node not in order and all(i in order for i in inputs[node]):
                    order.append(node)
        return order

    def once_for_each_use(inputs, output):
        """A node that is used twice is in your list twice: remember where you have been."""
        order, waiting = [], [(output, False)]
        while waiting:
            node, ready = waiting.pop()
            if ready:
                order.append(node)
            else:
                waiting += [(node, True)] + [(i, False) for i in inputs[node]]
        return order

    def layers_side_by_side(inputs, output):
        """You stop at the inputs of the output, and these have inputs of their own. (E13)"""
        return [*dict.fromkeys(inputs[output]), output]

    def output_left_out(inputs, output):
        """The output itself belongs to the list, as its last node."""
        order, waiting = [], [(output, False)]
        while waiting:
            node, ready = waiting.pop()
            if ready:
                order.append(node)
            elif (node, True) not in waiting and node not in order:
                waiting += [(node, True)] + [(i, False) for i in inputs[node]]
        return order[:-1]

    def entered_before_its_inputs(inputs, output):
        """You put a node into the list before its inputs: it may go in when they are all there."""
        order, waiting = [], [output]
        while waiting:
            node = waiting.pop()
            if node not in order:
                order.append(node)
                waiting += inputs[node]
        return order

    def leaves_left_out(inputs, output):
        """A node without inputs, such as the features or the target, is a node as well. (E13)"""
        order, waiting = [], [(output, False)]
        while waiting:
            node, ready = waiting.pop()
            if ready:
                order.append(node)
            elif (node, True) not in waiting and node not in order and inputs[node]:
                waiting += [(node, True)] + [(i, False) for i in inputs[node]]
        return order

    def first_inputs_only(inputs, output):
        """You follow one input of each node: it waits for all of them. (E4)"""
        order, node = [output], output
        while inputs[node]:
            node = inputs[node][0]
            order.append(node)
        return order[::-1]


class program_gradient:
    def overwritten(program, x):
        """A value that is used twice collects from both uses: add, do not overwrite. (E4)"""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(len(v) - 1, n - 1, -1):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            slopes = {"+": (1, 1), "*": (b, a), "exp": (v[k],), "tanh": (1 - v[k] ** 2,)}[name]
            for j, slope in zip(i, slopes, strict=True):
                d[j] = d[k] * slope
        return v[-1], np.array(d[:n])

    def wrong_order(program, x):
        """You sweep from the first step: a value passes its gradient on when it is complete."""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(n, len(v)):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            slopes = {"+": (1, 1), "*": (b, a), "exp": (v[k],), "tanh": (1 - v[k] ** 2,)}[name]
            for j, slope in zip(i, slopes, strict=True):
                d[j] += d[k] * slope
        return v[-1], np.array(d[:n])

    def own_factor(program, x):
        """The slope of a product for one factor is the other factor: you use its own value."""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(len(v) - 1, n - 1, -1):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            slopes = {"+": (1, 1), "*": (a, b), "exp": (v[k],), "tanh": (1 - v[k] ** 2,)}[name]
            for j, slope in zip(i, slopes, strict=True):
                d[j] += d[k] * slope
        return v[-1], np.array(d[:n])

    def times_the_output(program, x):
        """The way back multiplies by local slopes, not by the outputs of the steps. (E21)"""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(len(v) - 1, n - 1, -1):
            for j in program[k - n][1]:
                d[j] += d[k] * v[k]
        return v[-1], np.array(d[:n])

    def divided(program, x):
        """You divide by the slopes: going back through a step multiplies by its slope. (E3)"""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(len(v) - 1, n - 1, -1):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            slopes = {"+": (1, 1), "*": (b, a), "exp": (v[k],), "tanh": (1 - v[k] ** 2,)}[name]
            for j, slope in zip(i, slopes, strict=True):
                d[j] += d[k] / slope
        return v[-1], np.array(d[:n])

    def tanh_slope(program, x):
        """The slope of tanh is 1 - tanh², without another factor tanh. (E15)"""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(len(v) - 1, n - 1, -1):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            tanh = v[k] * (1 - v[k] ** 2)
            slopes = {"+": (1, 1), "*": (b, a), "exp": (v[k],), "tanh": (tanh,)}[name]
            for j, slope in zip(i, slopes, strict=True):
                d[j] += d[k] * slope
        return v[-1], np.array(d[:n])

    def slope_at_the_result(program, x):
        """You take a slope at the result of its step: it belongs to the input of the step."""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(len(v) - 1, n - 1, -1):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            exp, tanh = np.exp(v[k]), 1 - np.tanh(v[k]) ** 2
            slopes = {"+": (1, 1), "*": (b, a), "exp": (exp,), "tanh": (tanh,)}[name]
            for j, slope in zip(i, slopes, strict=True):
                d[j] += d[k] * slope
        return v[-1], np.array(d[:n])

    def not_seeded(program, x):
        """All is zero: begin with the derivative of the result with respect to itself, 1."""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        return v[-1], np.zeros(n)

    def seeded_with_the_value(program, x):
        """The derivative of the result with respect to itself is 1, not its value."""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [v[-1]]
        for k in range(len(v) - 1, n - 1, -1):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            slopes = {"+": (1, 1), "*": (b, a), "exp": (v[k],), "tanh": (1 - v[k] ** 2,)}[name]
            for j, slope in zip(i, slopes, strict=True):
                d[j] += d[k] * slope
        return v[-1], np.array(d[:n])

    def all_values(program, x):
        """You return a derivative for every value: give those for the elements of x."""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(len(v) - 1, n - 1, -1):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            slopes = {"+": (1, 1), "*": (b, a), "exp": (v[k],), "tanh": (1 - v[k] ** 2,)}[name]
            for j, slope in zip(i, slopes, strict=True):
                d[j] += d[k] * slope
        return v[-1], np.array(d)

    def square_counted_once(program, x):
        """Where a step uses one value twice, both uses count: x * x has the slope 2x. (E4)"""
        n, v = len(x), x.tolist()
        for name, i in program:
            a, b = v[i[0]], v[i[-1]]
            v.append({"+": a + b, "*": a * b, "exp": np.exp(a), "tanh": np.tanh(a)}[name])
        d = [0.0] * (len(v) - 1) + [1.0]
        for k in range(len(v) - 1, n - 1, -1):
            name, i = program[k - n]
            a, b = v[i[0]], v[i[-1]]
            slopes = {"+": (1, 1), "*": (b, a), "exp": (v[k],), "tanh": (1 - v[k] ** 2,)}[name]
            for j, slope in dict(zip(i, slopes, strict=True)).items():
                d[j] += d[k] * slope
        return v[-1], np.array(d[:n])
